import { memoryStore, type Store, type TrackingStore } from "@mail/core";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createTracker } from "./create-tracker.ts";
import { faultyStore, mailEvent } from "./tracker.fixture.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: new Date("2026-11-25T12:00:00Z") });
});
afterEach(() => {
  vi.useRealTimers();
});

const dayMs = 86_400_000;

function daysAgo(days: number): Date {
  return new Date(Date.now() - days * dayMs);
}

async function fill(store: Store, count: number, at: Date): Promise<void> {
  await (store.tracking as TrackingStore).addEvents(
    Array.from({ length: count }, (_, index) => mailEvent({ at, mailId: `mail-${index}` })),
  );
}

describe("old mails and events", () => {
  test("are forgotten by prune(), however many, and suppressions are not", async () => {
    const store = memoryStore();
    const tracker = createTracker({ store });
    await tracker.add([mailEvent({ type: "complained", at: daysAgo(91) })]);
    await fill(store, 2_500, daysAgo(91));
    await fill(store, 10, daysAgo(89));
    expect(await tracker.prune()).toBe(2_501);
    expect(await tracker.prune()).toBe(0);
    expect((await tracker.recent({ limit: 1_000 })).events).toHaveLength(10);
    expect(await tracker.suppressions.get("ada@example.com")).toHaveLength(1);
  });

  test("are kept for as long as retainMs says", async () => {
    const store = memoryStore();
    const tracker = createTracker({ store, retainMs: dayMs });
    await fill(store, 1, daysAgo(2));
    await fill(store, 1, daysAgo(0.5));
    expect(await tracker.prune()).toBe(1);
  });

  test("are forgotten once an hour while the tracker is in use, until it is closed", async () => {
    const calls: string[] = [];
    const tracker = createTracker({ store: faultyStore((call) => void calls.push(call)) });
    await vi.advanceTimersByTimeAsync(7_200_000);
    expect(calls).toEqual([]);
    await tracker.add([mailEvent()]);
    await tracker.add([mailEvent()]);
    calls.length = 0;
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(calls).toEqual(["prune"]);
    await tracker.close();
    await tracker.add([mailEvent()]);
    await vi.advanceTimersByTimeAsync(7_200_000);
    expect(calls.filter((call) => call === "prune")).toHaveLength(1);
  });

  test("are left where the store fails, and tried again an hour later", async () => {
    let calls = 0;
    const warn = vi.fn();
    const store = faultyStore((call) => {
      if (call === "prune" && ++calls === 1) throw new Error("away");
    });
    const tracker = createTracker({ store, logger: { debug: vi.fn(), info: vi.fn(), error: vi.fn(), warn } });
    await tracker.add([mailEvent({ at: daysAgo(100) })]);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(warn).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect((await tracker.recent()).events).toEqual([]);
  });

  test("are not looked for twice at a time", async () => {
    const go = Promise.withResolvers<void>();
    const calls: string[] = [];
    const store = faultyStore(async (call) => {
      calls.push(call);
      await go.promise;
    });
    const tracker = createTracker({ store });
    const both = [tracker.prune(), tracker.prune()];
    go.resolve();
    expect(await Promise.all(both)).toEqual([0, 0]);
    expect(calls).toEqual(["prune"]);
  });
});

test("closing waits for what is under way", async () => {
  const go = Promise.withResolvers<void>();
  const tracker = createTracker({ store: faultyStore(() => go.promise) });
  const adding = tracker.add([mailEvent()]);
  let closed = false;
  const closing = tracker.close().then(() => {
    closed = true;
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(closed).toBe(false);
  go.resolve();
  await closing;
  expect(await adding).toHaveLength(1);
});
