import type { MailEventSource } from "@mail/core";
import { describe, expect, test, vi } from "vitest";
import { createTracker } from "./create-tracker.ts";
import { faultyStore, jsonSource, mailEvent, report } from "./tracker.fixture.ts";

/** Waits until it is so; for long, as the machine may be busy. */
const until = <Found>(check: () => Found | Promise<Found>): Promise<Found> => vi.waitFor(check, 15_000);

const sources = { test: jsonSource() };

/** A request whose body begins, and never ends. */
function stalling(beginning: Uint8Array = new TextEncoder().encode("["), cancel = () => undefined): Request {
  const body = new ReadableStream({ start: (controller) => controller.enqueue(beginning), cancel });
  return new Request("https://app.example/", { method: "POST", body, duplex: "half" } as RequestInit);
}

/** How many of the requests were answered by now. */
function answered(requests: readonly Promise<Response>[]): readonly number[] {
  const statuses: number[] = [];
  for (const request of requests) void request.then(({ status }) => statuses.push(status));
  return statuses;
}

describe("many requests at once", () => {
  test("are stored 16 at a time, and all answered", async () => {
    let [storing, most] = [0, 0];
    const go = Promise.withResolvers<void>();
    const store = faultyStore(async (call) => {
      if (call !== "addEvents") return;
      most = Math.max(most, ++storing);
      await go.promise;
      storing--;
    });
    const tracker = createTracker({ store, sources });
    const answers = Array.from({ length: 200 }, () => tracker.handle(report([mailEvent()]), "test"));
    await until(() => expect(storing).toBe(16));
    go.resolve();
    expect((await Promise.all(answers)).every(({ status }) => status === 200)).toBe(true);
    expect(most).toBe(16);
  });

  test("beyond a thousand that are there are told to come again", async () => {
    const go = Promise.withResolvers<void>();
    const store = faultyStore((call) => (call === "addEvents" ? go.promise : undefined));
    let arrived = 0;
    const counted: MailEventSource = {
      provider: "test",
      parse: async (request) => {
        await request.text();
        arrived++;
        return [mailEvent()];
      },
    };
    const tracker = createTracker({ store, sources: { test: counted } });
    const taken = Array.from({ length: 1_000 }, () => tracker.handle(report([]), "test"));
    await until(() => expect(arrived).toBe(1_000));
    const response = await tracker.handle(report([]), "test");
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "30"]);
    go.resolve();
    expect((await Promise.all(taken)).every(({ status }) => status === 200)).toBe(true);
  });
});

describe("bodies that do not come", () => {
  test("keep nobody out", async () => {
    const tracker = createTracker({ sources });
    const stalled = Array.from({ length: 1_010 }, () => tracker.handle(stalling(), "test"));
    const given = answered(stalled);
    expect((await tracker.handle(report([mailEvent()]), "test")).status).toBe(200);
    expect(given).toEqual(Array(11).fill(503));
  });

  test("make room for others, however much of them is there", async () => {
    const tracker = createTracker({ sources });
    const megabyte = new Uint8Array(1_000_000).fill(32);
    const stalled = Array.from({ length: 70 }, () => tracker.handle(stalling(megabyte), "test"));
    const given = answered(stalled);
    await until(() => expect(given).toEqual([503, 503, 503]));
    expect((await tracker.handle(report([mailEvent()]), "test")).status).toBe(200);
    expect(given).toEqual([503, 503, 503]);
  });

  test("are given up after 15 seconds", async () => {
    vi.useFakeTimers();
    try {
      const tracker = createTracker({ sources });
      const cancel = vi.fn();
      const stalled = tracker.handle(stalling(undefined, cancel), "test");
      await vi.advanceTimersByTimeAsync(15_000);
      expect((await stalled).status).toBe(408);
      expect(cancel).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
    }
  });

  test("hold up nobody where their source does not hear that the time is up", async () => {
    vi.useFakeTimers();
    try {
      const deaf: MailEventSource = { provider: "test", parse: () => new Promise(() => undefined) };
      const waiting = createTracker({ sources: { deaf } }).handle(report([]), "deaf");
      await vi.advanceTimersByTimeAsync(15_000);
      expect((await waiting).status).toBe(408);
    } finally {
      vi.useRealTimers();
    }
  });
});
