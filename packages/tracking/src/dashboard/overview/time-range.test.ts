import { describe, expect, test } from "vitest";
import { createFormat } from "../format.ts";
import { dayOf, describeRange, lastDayOf, readTimeRange } from "./time-range.ts";

const now = new Date("2026-11-26T10:30:00Z");
const read = (query: string) => readTimeRange(new URLSearchParams(query), now);
const format = createFormat("en");

describe("the time that is shown", () => {
  test.each([
    ["", "2026-10-28T00:00:00.000Z", 30],
    ["range=7d", "2026-11-20T00:00:00.000Z", 7],
    ["range=90d", "2026-08-29T00:00:00.000Z", 90],
    ["range=century", "2026-10-28T00:00:00.000Z", 30],
  ])("%j is whole days of UTC up to today", (query, since, count) => {
    const { range, problem } = read(query);
    expect(problem).toBeUndefined();
    expect([range.since.toISOString(), range.until.toISOString()]).toEqual([since, "2026-11-27T00:00:00.000Z"]);
    expect([range.steps.length, range.steps.at(-1)?.day, range.running]).toEqual([count, "2026-11-26", true]);
  });

  test("24 hours end with the hour that runs", () => {
    const { range } = read("range=24h");
    expect(range.steps).toHaveLength(24);
    expect(range.since.toISOString()).toBe("2026-11-25T11:00:00.000Z");
    expect(range.steps.at(-1)?.until).toEqual(range.until);
    expect(describeRange(range, format)).toBe("Nov 25, 2026, 11:00 to now, UTC");
  });

  test.each([
    ["from=2026-11-01&to=2026-11-03", "2026-11-01", "2026-11-03", 3],
    ["from=2026-11-01&to=2026-11-01", "2026-11-01", "2026-11-01", 1],
    ["from=2026-11-25", "2026-11-25", "2026-11-26", 2],
    ["to=2026-11-05", "2026-11-05", "2026-11-05", 1],
    ["from=2026-11-25&to=2027-11-25", "2026-11-25", "2026-11-26", 2],
  ])("%s includes both days", (query, from, to, count) => {
    const { range, problem } = read(query);
    expect([problem, range.key, range.steps.length]).toEqual([undefined, "custom", count]);
    expect([dayOf(range.since), lastDayOf(range)]).toEqual([from, to]);
  });

  test.each([
    ["from=2026-11-03&to=2026-11-01", "after the last"],
    ["from=2027-01-01&to=2027-01-02", "in the future"],
    ["from=2026-02-30&to=2026-03-01", "YYYY-MM-DD"],
    ["from=yesterday&to=2026-03-01", "YYYY-MM-DD"],
    ["from=2020-01-01&to=2026-11-26", "at most 366 days"],
  ])("%s is refused with words, and the last 30 days are shown", (query, words) => {
    const { range, problem } = read(query);
    expect([problem, range.key]).toEqual([expect.stringContaining(words), "30d"]);
  });
});
