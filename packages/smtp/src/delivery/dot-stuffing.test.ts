import fc from "fast-check";
import { expect, it } from "vitest";
import { DotStuffing } from "./dot-stuffing.ts";

function stuffed(pieces: readonly Buffer[]): string {
  const stuffing = new DotStuffing();
  const out = pieces.flatMap((piece) => [...stuffing.write(piece)]);
  return Buffer.concat([...out, stuffing.end()]).toString("latin1");
}

const piece = fc
  .array(fc.constantFrom(".", "\r\n", "a", "\r\n.", "..", "\n", "\r", "bcd"), { maxLength: 12 })
  .map((parts) => Buffer.from(parts.join("")));

it("gives back the mail when a server takes the dots away, however it is cut into pieces", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const mail = Buffer.concat(pieces).toString("latin1");
      const wire = stuffed(pieces);
      const whole = mail === "" || mail.endsWith("\n") ? mail : `${mail}\r\n`;
      expect(wire).toBe(`${whole.replace(/^\./gm, (dot, at) => (isLineStart(whole, at) ? ".." : dot))}.\r\n`);
      expect(wire.slice(0, -3)).not.toMatch(/(?:^|\n)\.(?:\r?\n|$)/);
    }),
  );
});

/** Other than for JavaScript, a carriage return alone ends no line. */
const isLineStart = (text: string, at: number): boolean => at === 0 || text[at - 1] === "\n";

it("passes on content without dots as it is", () => {
  const content = Buffer.alloc(100_000, "x");
  const [same] = new DotStuffing().write(content);
  expect(same).toBe(content);
});
