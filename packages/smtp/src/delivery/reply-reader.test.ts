import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReplyReader } from "./reply-reader.ts";

/** Reads a text that comes in these pieces. */
function read(...pieces: readonly string[]): { readonly replies: string[]; readonly problem?: string } {
  const reader = new ReplyReader();
  const replies: string[] = [];
  for (const piece of pieces) {
    const read = reader.read(Buffer.from(piece, "latin1"));
    replies.push(...read.replies);
    if (read.problem !== undefined) return { replies, problem: read.problem };
  }
  return { replies };
}

describe("replies", () => {
  it("are the same however they are cut into pieces", () => {
    const text = "250-one\r\n250 two\r\n354\r\n\r\n550 5.1.1 no\n250 \xc3\xa4\r\n";
    const whole = ["250-one\n250 two", "354", "550 5.1.1 no", "250 ä"];
    fc.assert(
      fc.property(fc.array(fc.nat(text.length)), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
        expect(read(...pieces)).toEqual({ replies: whole });
      }),
    );
  });

  it.each([
    ["a code on one line and another on the next", "250-go\r\n550 on\r\n"],
    ["no code", "hello\r\n"],
    ["a code of too many digits", "2500 ok\r\n"],
    ["a code that there is not", "150 ok\r\n"],
    ["an empty line inside", "250-go\r\n\r\n250 on\r\n"],
    ["no end to its line", "2".repeat(1_100_000)],
    ["no end to its lines", "250-more\r\n".repeat(200_000)],
    ["nothing but empty lines", "\r\n".repeat(101)],
  ])("end with %s, after those before it", (_what, text) => {
    expect(read(`220 hi\r\n${text}`)).toEqual({ replies: ["220 hi"], problem: expect.any(String) });
  });

  it("that are no UTF-8 are kept byte by byte", () => {
    expect(read("250 \xe4\r\n").replies).toEqual(["250 ä"]);
  });

  it("that have begun are told as incomplete", () => {
    const reader = new ReplyReader();
    for (const [text, incomplete] of [
      ["250", true],
      [" ok\r\n", false],
      ["250-a\r\n", true],
      ["250 b\r\n", false],
    ] as const) {
      reader.read(Buffer.from(text));
      expect(reader.incomplete).toBe(incomplete);
    }
  });
});
