import fc from "fast-check";
import PostalMime from "postal-mime";
import { describe, expect, test } from "vitest";
import { encodeHeaderValue } from "./header-encoding.ts";

/** Decodes words of RFC 2047 and drops the space between two of them (section 6.2). */
function decode(header: string): string {
  return header.replace(/\?= =\?/g, "?==?").replace(/=\?UTF-8\?B\?([A-Za-z0-9+/=]*)\?=/g, (_, word: string) => {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(word, "base64"));
  });
}

const anything = fc.string({ unit: "binary", maxLength: 300 }).filter((text) => text.isWellFormed());

describe("a header value", () => {
  test.each(["", "Hello", " spaces \t kept ", "a".repeat(2_000), "1 < 2 & \"3\" = '?'"])(
    "in ASCII stays: %j",
    (value) => {
      expect(encodeHeaderValue(value)).toBe(value);
    },
  );

  test("that looks like an encoded word is encoded, so that it is read as written", () => {
    const value = "=?UTF-8?B?aGFsbG8NCkJjYzogZXZl?=";
    expect(encodeHeaderValue(value)).not.toContain(value);
    expect(decode(encodeHeaderValue(value))).toBe(value);
  });

  test("becomes words of at most 75 ASCII characters, each of whole characters, that decode to it", () => {
    fc.assert(
      fc.property(anything, (value) => {
        const encoded = encodeHeaderValue(value);
        if (encoded === value) return;
        expect(encoded).toMatch(/^[\x20-\x7e]*$/);
        for (const word of encoded.split(" ")) {
          expect(word.length).toBeLessThanOrEqual(75);
          expect(word).toMatch(/^=\?UTF-8\?B\?[A-Za-z0-9+/]+={0,2}\?=$/);
        }
        expect(decode(encoded)).toBe(value);
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    "Grüße aus Köln",
    "👩‍👩‍👧‍👦".repeat(30),
    "ä".repeat(500),
    `${"x".repeat(200)}ü`,
    "日本語の件名".repeat(20),
  ])("is read by somebody else's parser: %s", async (value) => {
    const source = `From: a@x.example\r\nSubject: ${encodeHeaderValue(value).replaceAll("?= =?", "?=\r\n =?")}\r\n\r\nx`;
    expect((await PostalMime.parse(source)).subject).toBe(value);
  });
});
