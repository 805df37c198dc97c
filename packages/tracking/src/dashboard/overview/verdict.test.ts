import { describe, expect, test } from "vitest";
import { bounceLimits, complaintLimits } from "./rate-limits.ts";
import { judge } from "./verdict.ts";

describe("the verdict on complaints", () => {
  test.each([
    [0, 0, "few"],
    [0, 100, "few"],
    [1, 1000, "few"],
    [4, 4999, "few"],
    [0, 5000, "good"],
    [4, 5000, "good"],
    [5, 5000, "watch"],
    [5, 5001, "good"],
    [5, 100, "bad"],
    [29, 10_000, "watch"],
    [30, 10_000, "bad"],
    [9_999, 1_000_000_000, "good"],
  ])("%i of %i mails: %s", (cases, mails, verdict) => {
    expect(judge(cases, mails, complaintLimits).verdict).toBe(verdict);
  });
});

describe("the verdict on hard bounces", () => {
  test.each([
    [4, 99, "few"],
    [0, 100, "good"],
    [5, 100, "watch"],
    [49, 1000, "good"],
    [50, 1000, "watch"],
    [100, 1000, "bad"],
  ])("%i of %i mails: %s", (cases, mails, verdict) => {
    expect(judge(cases, mails, bounceLimits).verdict).toBe(verdict);
  });
});

test("limits stand in rising order, each with a page where it is published", () => {
  for (const limits of [bounceLimits, complaintLimits]) {
    expect(limits.map(({ share }) => share)).toEqual(limits.map(({ share }) => share).toSorted((a, b) => a - b));
    expect(limits.every(({ source }) => source.url.startsWith("https://"))).toBe(true);
  }
});
