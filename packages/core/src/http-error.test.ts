import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { errorTable } from "./error-code.ts";
import { networkFailures, parseRetryAfter } from "./http-error.ts";

describe("Retry-After", () => {
  const now = Date.UTC(1994, 10, 6, 8, 49, 0);

  test.each([
    ["0", 0],
    ["120", 120_000],
    [" 7 ", 7_000],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 37_000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 37_000],
    ["Sun Nov  6 08:49:37 1994", 37_000],
    ["Sun, 06 Nov 1994 08:48:00 GMT", 0],
    ["Sun, 6 Nov 1994 08:49:37 UTC", 37_000],
    ["6 Nov 1994 08:49:37", 37_000],
    ["Sun, 06 Nov 1994 09:49:37 +0100", 37_000],
  ])("%j is %d ms", (value, ms) => {
    expect(parseRetryAfter(value, now)).toBe(ms);
  });

  test.each([
    undefined,
    null,
    "",
    " ",
    "soon",
    "in 5 minutes",
    "retry 7",
    "-1",
    "1.5",
    "1e3",
    "0x10",
    "9".repeat(30),
    "5s",
    "1994-11-06",
    "Sun, 99 Nov 1994 08:49:37 GMT",
    "NaN",
    "Infinity",
  ])("%j says nothing", (value) => {
    expect(parseRetryAfter(value, now)).toBeUndefined();
  });

  test("is never negative or not a number, whatever was sent", () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const ms = parseRetryAfter(value, now);
        expect(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});

test("every network failure has a code of the table and a hint", () => {
  for (const failure of Object.values(networkFailures)) {
    expect(Object.keys(errorTable)).toContain(failure.code);
    expect(failure.hint).not.toBe("");
  }
});

test("only what fails before the request is sent counts as not sent", () => {
  const unknown = Object.entries(networkFailures).filter(([, { delivery }]) => delivery === "unknown");
  expect(unknown.map(([code]) => code)).toEqual(
    expect.arrayContaining(["ECONNRESET", "EPIPE", "ETIMEDOUT", "ECONNABORTED", "ERR_NETWORK"]),
  );
});
