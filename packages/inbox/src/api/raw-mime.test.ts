import { expect, test } from "vitest";
import { headerLines } from "./header.ts";
import { amendHeaders, headerNames, headerValues } from "./raw-mime.ts";

const source = Buffer.from(
  "From: a@b.example\r\nSubject: one\r\n two\r\nBcc: x@y.example,\r\n\tz@y.example\r\nX: \xff\r\n\r\nBcc: body\r\n",
  "latin1",
);

test("unfolds the values of a header, whatever its case", () => {
  expect(headerValues(source, "SUBJECT")).toEqual(["one two"]);
  expect(headerNames(source)).toEqual(["from", "subject", "bcc", "x"]);
});

test("takes a header out with its folded lines, and leaves every other byte alone", () => {
  const amended = amendHeaders(source, ["bcc"], [{ name: "X-First", value: "1" }]);
  expect(Buffer.from(amended).toString("latin1")).toBe(
    "X-First: 1\r\nFrom: a@b.example\r\nSubject: one\r\n two\r\nX: \xff\r\n\r\nBcc: body\r\n",
  );
});

test("keeps a source without head, and ends a head without body", () => {
  expect(Buffer.from(amendHeaders(Buffer.from("\r\nbody"), [], [{ name: "A", value: "1" }])).toString()).toBe(
    "A: 1\r\n\r\nbody",
  );
  expect(Buffer.from(amendHeaders(Buffer.from("A: 1"), [], [])).toString()).toBe("A: 1\r\n\r\n");
});

test("folds a long header at its spaces, and encodes what is not ASCII", () => {
  const long = headerLines({ name: "X-Long", value: `${"word ".repeat(40)}end` });
  expect(long.split("\r\n").every((line) => line.length <= 78)).toBe(true);
  expect(long.replace(/\r\n(?= )/g, "")).toBe(`X-Long: ${"word ".repeat(40)}end\r\n`);
  expect(headerLines({ name: "X", value: "ü\r\nEvil: 1" })).toMatch(/^X: =\?UTF-8\?B\?[\w+/=]+\?=\r\n$/);
});
