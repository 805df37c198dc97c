import { expect, test } from "vitest";
import { caught } from "../caught-mail.fixture.ts";
import { originalHeaders } from "./original-headers.ts";

const mail = caught({ headers: [{ name: "Subject", value: "Parsed" }] });

test.each([
  ["up to the empty line", "A: 1\r\nB: 2\r\n\r\nC: 3\r\n", "A: 1\r\nB: 2\r\n"],
  ["with bare line feeds", "A: 1\nB: 2\n\nC: 3\n", "A: 1\r\nB: 2\r\n"],
  ["of a mail without a body", "A: 1\r\nB: 2\r\n", "A: 1\r\nB: 2\r\n"],
  ["folded lines kept", "A: 1\r\n\tmore\r\n\r\n", "A: 1\r\n\tmore\r\n"],
  ["of an empty mail", "", ""],
])("the header %s", (_, source, headers) => {
  expect(originalHeaders(mail, Buffer.from(source))).toBe(headers);
});

test("a header without an end is cut at a line's end", () => {
  const source = Buffer.from(`A: ${"1".repeat(200)}\r\n`.repeat(1000));
  const lines = originalHeaders(mail, source).split("\r\n");
  expect(lines).toHaveLength(Math.floor((64 * 1024) / 205) + 1);
  expect(new Set(lines)).toEqual(new Set([`A: ${"1".repeat(200)}`, ""]));
});

test("without a source, the header is written anew", () => {
  expect(originalHeaders(mail, undefined)).toBe("Subject: Parsed\r\n");
});
