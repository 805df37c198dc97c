import fc from "fast-check";
import { expect, test } from "vitest";
import { base64Lines } from "./base64-lines.ts";
import { base64LinesOf, LineBuffers } from "./base64-stream.ts";

const some = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, index) => index * 7);

test.each([undefined, new LineBuffers()])("a stream gives the same, in whatever chunks it comes", async (buffers) => {
  const sizes = fc.array(fc.oneof(fc.nat(100), fc.constantFrom(57, 58_367, 58_368, 58_369, 200_000)), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(sizes, async (list) => {
      const whole = some(list.reduce((sum, size) => sum + size, 0));
      async function* chunks(): AsyncGenerator<Uint8Array> {
        let start = 0;
        for (const size of list) {
          yield whole.subarray(start, start + size);
          start += size;
        }
      }
      const parts: Buffer[] = [];
      for await (const part of base64LinesOf(chunks(), buffers)) parts.push(Buffer.from(part));
      expect(Buffer.concat(parts).equals(base64Lines(whole))).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test("a piece stays as it is until the next but one, in one stream after another", async () => {
  const buffers = new LineBuffers();
  const content = Buffer.from(some(58_368 * 5));
  const pieces: Buffer[] = [];
  const before: Buffer[] = [];
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield content;
  }
  for (let stream = 0; stream < 3; stream++)
    for await (const piece of base64LinesOf(chunks(), buffers)) {
      pieces.push(piece);
      before.push(Buffer.from(piece));
      for (const age of [1, 2]) expect(pieces.at(-age)).toEqual(before.at(-age));
    }
  expect(new Set(pieces.map(({ buffer }) => buffer)).size).toBe(2);
});
