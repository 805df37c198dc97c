import type { MailError } from "@mail/core";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { DatabaseClient } from "./database-client.ts";
import { packMails } from "./pack-mails.ts";
import { SqliteWorker } from "./sqlite-worker.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

const job = {
  id: "one",
  priority: 1,
  createdAt: 0,
  tries: 1,
  record: "",
  payload: new Uint8Array(),
  interrupted: false,
};
const nothing = packMails([]);

test("a mail that is settled while its lease is renewed is not told as lost", async () => {
  const errors: MailError[] = [];
  const settling = Promise.withResolvers<object>();
  const renewal = Promise.withResolvers<number[]>();
  const settled = Promise.withResolvers<void>();
  let exchanges = 0;
  const answers: Readonly<Record<string, (input: { readonly settled: string }) => Promise<unknown>>> = {
    exchange: async ({ settled: list }) => {
      exchanges += 1;
      if (exchanges === 1) return { lost: [], taken: packMails([{ seq: 1, job }]), damaged: [] };
      if (list === "[]") return { lost: [], taken: nothing, damaged: [] };
      return await settling.promise;
    },
    renew: () => renewal.promise,
  };
  const call = vi.fn((name: string, input: { readonly settled: string }) => answers[name]?.(input));
  const client: Partial<DatabaseClient> = { call: call as DatabaseClient["call"], hold: vi.fn(), release: vi.fn() };
  const worker = new SqliteWorker(client as DatabaseClient, {
    concurrency: 1,
    leaseMs: 300,
    handle: async () => {
      vi.advanceTimersByTime(100);
      return { state: "sent", record: "", recorded: () => settled.resolve() };
    },
    onError: (error) => errors.push(error),
  });
  await vi.waitFor(() => expect(exchanges).toBeGreaterThan(1), 15_000);
  renewal.resolve([1]);
  await new Promise((resolve) => setImmediate(resolve));
  settling.resolve({ lost: [], taken: nothing, damaged: [] });
  await settled.promise;
  expect(call).toHaveBeenCalledWith("renew", expect.objectContaining({ seqs: [1] }));
  expect(errors).toEqual([]);
  await worker.close();
});
