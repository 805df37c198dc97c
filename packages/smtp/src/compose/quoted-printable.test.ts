import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { quotedPrintable } from "./quoted-printable.ts";

const encode = (content: string): string | undefined =>
  quotedPrintable(Buffer.from(content, "utf8"))?.toString("latin1");

function decode(encoded: string): string {
  const bytes = encoded
    .replaceAll("=\r\n", "")
    .replace(/=([0-9A-F]{2})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

const x = (count: number): string => "x".repeat(count);

test.each([
  ["nothing", "", ""],
  ["plain ASCII", "Hello, Ada!", "Hello, Ada!"],
  ["line ends of every kind", "a\nb\r\n\nc\n", "a\r\nb\r\n\r\nc\r\n"],
  ["an equals sign", "a=b", "a=3Db"],
  ["what is beyond ASCII", "Grüße, liebe Ada", "Gr=C3=BC=C3=9Fe, liebe Ada"],
  ["control characters", "\u0001\u001b\u007f", "=01=1B=7F"],
  ["white space at line ends", "a \nb\t\n \nc ", "a=20\r\nb=09\r\n=20\r\nc=20"],
  ["white space elsewhere", " a\tb", " a\tb"],
  ["dots at the start of a line", ".\n..a\nb.", "=2E\r\n=2E.a\r\nb."],
  ["From at the start of a line", "From a\nFromage\nFrom", "=46rom a\r\nFromage\r\nFrom"],
  ["a line as long as may be", x(75), x(75)],
  ["a longer line", x(76), `${x(75)}=\r\nx`],
  ["a dot after a break", `${x(75)}.b`, `${x(75)}=\r\n=2Eb`],
  ["a character that does not fit any more", `${x(70)}ü`, `${x(70)}=\r\n=C3=BC`],
  ["a character that just fits", `${x(69)}ü`, `${x(69)}=C3=BC`],
  ["white space where the line is full", `${x(74)} \nb`, `${x(74)}=\r\n=20\r\nb`],
  ["white space where the line is nearly full", `${x(73)} \nb`, `${x(73)}=20\r\nb`],
])("%s", (_, content, expected) => {
  expect(encode(content)).toBe(expected);
});

test.each([
  ["more than a third of it beyond ASCII", "aaaü"],
  ["a lone carriage return", "a\rb"],
  ["a carriage return at the end", "a\r"],
  ["NUL", "a\0b"],
])("a text with %s is left to base64", (_, content) => {
  expect(encode(content)).toBeUndefined();
});

test("a text of which every byte but a few is encoded takes the room that it needs", () => {
  const content = "=".repeat(100_000);
  expect(decode(encode(content) ?? "")).toBe(content);
});

describe("whatever the text", () => {
  const piece = fc.oneof(
    fc.constantFrom("\n", "\r\n", " ", "\t", ".", "From ", "=", "ü", "日", "😀", "x".repeat(70), "word ".repeat(20)),
    fc.string({ unit: "binary", maxLength: 90 }),
  );
  const texts = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("").replace(/\r(?!\n)|\0/g, ""));

  it("every character comes back, and no line is long, spoilt on the way or ends within a character", () => {
    fc.assert(
      fc.property(texts, (content) => {
        const ascii = "plain ".repeat(content.length);
        const encoded = encode(`${content}\n${ascii}`) ?? "";
        expect(decode(encoded)).toBe(`${content.toWellFormed().replace(/\r?\n/g, "\r\n")}\r\n${ascii}`);
        expect(encoded).toMatch(/^(?:[\t -<>-~]|=[0-9A-F]{2}|=?\r\n)*$/);
        for (const line of encoded.split("\r\n")) {
          expect(line.length).toBeLessThanOrEqual(76);
          expect(line).not.toMatch(/^\.|^From |[\t ]$/);
          expect(decode(line.replace(/=$/, ""))).not.toContain("\ufffd");
        }
      }),
      { numRuns: 500 },
    );
  });
});
