import { expect, test } from "vitest";
import { base64Lines, base64LinesLength } from "./base64-lines.ts";

const some = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, index) => index * 7);
const folded = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString("base64")
    .replace(/.{1,76}/g, "$&\r\n") || "\r\n";

test.each([0, 1, 2, 3, 56, 57, 58, 113, 114, 115, 58_367, 58_368, 58_369])("%d bytes stand in whole lines", (count) => {
  const bytes = some(count);
  expect(base64Lines(bytes).toString("latin1")).toBe(folded(bytes));
  expect(base64LinesLength(count)).toBe(folded(bytes).length);
});

test("a part of a larger buffer is encoded alone", () => {
  expect(base64Lines(some(300).subarray(100, 200)).toString("latin1")).toBe(folded(some(300).subarray(100, 200)));
});
