import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { checkMaxAge, eventTime, signedTime } from "./event-time.ts";

const now = Date.UTC(2026, 10, 25);
beforeEach(() => void vi.useFakeTimers({ now }));
afterEach(() => void vi.useRealTimers());

describe("the time of a signature", () => {
  const seconds = (ms: number): string => String((now + ms) / 1000);

  test.each([0, -60_000, 300_000])("that is %d ms from now is taken", (ms) => {
    expect(signedTime(seconds(ms), 60_000, "timestamp")).toEqual(new Date(now + ms));
  });

  test.each([-61_000, 301_000])("that is %d ms from now is stale", (ms) => {
    expect(() => signedTime(seconds(ms), 60_000, "timestamp")).toThrow(
      expect.objectContaining({ code: "stale", field: "timestamp" }),
    );
  });

  test("may be as old as it likes without a limit", () => {
    expect(signedTime("1000000000", Number.POSITIVE_INFINITY, "timestamp")).toEqual(new Date(1_000_000_000_000));
  });

  test.each([0, -1, Number.NaN, "1h", null])("has no limit of %s", (maxAgeMs) => {
    expect(() => checkMaxAge(maxAgeMs)).toThrow(expect.objectContaining({ code: "configuration", field: "maxAgeMs" }));
  });
});

describe("the time of an event", () => {
  const reported = new Date(now);

  test.each([
    [1461095246, "2016-04-19T19:47:26.000Z"],
    ["1461095246", "2016-04-19T19:47:26.000Z"],
    [1534108637.153125, "2018-08-12T21:17:17.153Z"],
    ["1534111899.659519", "2018-08-12T22:11:39.659Z"],
    [1534111899.2, "2018-08-12T22:11:39.200Z"],
  ])("is read from %j", (seconds, at) => {
    expect(eventTime(seconds, reported).toISOString()).toBe(at);
  });

  test("is right to the millisecond for every float", () => {
    for (let ms = 0; ms < 1000; ms += 1)
      expect(eventTime((now - 1000 + ms) / 1000, reported).getTime()).toBe(now - 1000 + ms);
  });

  test.each([undefined, null, "", "soon", {}, [], true, 0, -1, Number.NaN, 1e300, 1461095246000])(
    "is that of the report where it is %j",
    (seconds) => {
      expect(eventTime(seconds, reported)).toEqual(reported);
    },
  );
});
