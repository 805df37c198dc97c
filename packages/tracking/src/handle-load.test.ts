import type { MailEventSource } from "@mail/core";
import { describe, expect, test, vi } from "vitest";
import { createTracker } from "./create-tracker.ts";
import { jsonSource, mailEvent, report } from "./tracker.fixture.ts";

const sources = { test: jsonSource() };

describe("many requests at once", () => {
  test("are read 16 at a time, and all answered", async () => {
    let [reading, most] = [0, 0];
    const go = Promise.withResolvers<void>();
    const slow: MailEventSource = {
      provider: "test",
      async parse() {
        most = Math.max(most, ++reading);
        await go.promise;
        reading--;
        return [];
      },
    };
    const tracker = createTracker({ sources: { slow } });
    const answers = Array.from({ length: 200 }, () => tracker.handle(report([]), "slow"));
    await vi.waitFor(() => expect(reading).toBe(16));
    go.resolve();
    expect((await Promise.all(answers)).every(({ status }) => status === 200)).toBe(true);
    expect(most).toBe(16);
  });

  test("beyond a thousand that wait are told to come again", async () => {
    const go = Promise.withResolvers<void>();
    const slow: MailEventSource = { provider: "test", parse: () => go.promise.then(() => []) };
    const tracker = createTracker({ sources: { slow } });
    const taken = Array.from({ length: 1_016 }, () => tracker.handle(report([]), "slow"));
    const response = await tracker.handle(report([]), "slow");
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "30"]);
    go.resolve();
    expect((await Promise.all(taken)).every(({ status }) => status === 200)).toBe(true);
  });

  test("whose bodies stall are given up, and make room", async () => {
    vi.useFakeTimers();
    try {
      const tracker = createTracker({ sources });
      const cancelled = vi.fn();
      const stalling = () =>
        new Request("https://app.example/", {
          method: "POST",
          body: new ReadableStream({
            start: (controller) => controller.enqueue(new TextEncoder().encode("[")),
            cancel: cancelled,
          }),
          duplex: "half",
        } as RequestInit);
      const stalled = Array.from({ length: 16 }, () => tracker.handle(stalling(), "test"));
      const next = tracker.handle(report([mailEvent()]), "test");
      await vi.advanceTimersByTimeAsync(15_000);
      expect((await Promise.all(stalled)).map(({ status }) => status)).toEqual(Array(16).fill(408));
      expect((await next).status).toBe(200);
      expect(cancelled).toHaveBeenCalledTimes(16);
    } finally {
      vi.useRealTimers();
    }
  });
});
