import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import type { BatchOutcome } from "./batch.ts";
import type { BulkRecipient } from "./bulk-recipient.ts";
import { createMailer } from "./create-mailer.ts";
import { allFields } from "./features.ts";
import type { Mailer } from "./mailer.ts";
import { hello } from "./memory-transport.fixture.ts";
import type { Message } from "./message.ts";
import type { SendRun } from "./send-run.ts";
import type { Transport } from "./transport.ts";

const { to: _, ...template } = hello;
const third = 5_000;
const held = "user0@example.com";

/** Takes everything but the first mail, which stays in flight until it is let go. */
function transportWith(limits: { readonly recipients: number; readonly bytes: number } | undefined) {
  const gate = Promise.withResolvers<void>();
  const sent = { status: "sent", accepted: [], rejected: [] } as const;
  const transport: Transport = {
    name: "sink",
    features: { fields: allFields, ...(limits && { batch: limits }) },
    async send({ to }) {
      if (to[0]?.address === held) await gate.promise;
      return sent;
    },
    ...(limits && {
      async sendBatch({ recipients }) {
        if (recipients[0]?.to.address === held) await gate.promise;
        return recipients.map(({ id }): BatchOutcome => ({ id, ok: true, receipt: sent }));
      },
    }),
  };
  return { transport, letGo: gate.resolve };
}

async function* recipients(): AsyncGenerator<BulkRecipient> {
  for (let place = 0; place < 3 * third; place++) yield { to: `user${place}@example.com`, data: { name: `N${place}` } };
}

async function* messages(): AsyncGenerator<Message> {
  for await (const { to } of recipients()) yield { ...hello, to };
}

const bulk = (mailer: Mailer): SendRun => mailer.sendBulk({ ...template, text: "Dear {{name}}" }, recipients());

test.each([
  ["sendMany", undefined, (mailer: Mailer) => mailer.sendMany(messages())],
  ["sendBulk one by one", undefined, bulk],
  ["sendBulk in batches", { recipients: 100, bytes: 1_000_000 }, bulk],
])("memory does not grow with the count in %s, though the first mail is in flight all the time", async (...args) => {
  const [, limits, start] = args;
  if (globalThis.gc === undefined) setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const { transport, letGo } = transportWith(limits);
  const run = start(createMailer({ transport }));
  const heap: number[] = [];
  let count = 0;
  for await (const _outcome of run) {
    if (++count % third === third / 2) {
      expect(run.position).toBe(0);
      collect();
      heap.push(process.memoryUsage().heapUsed);
    }
    if (count === 3 * third - 200) letGo();
  }
  expect(run.position).toBe(3 * third);
  expect((heap[2] ?? 0) - (heap[0] ?? 0)).toBeLessThan(1_000_000);
});
