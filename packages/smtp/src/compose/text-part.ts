import { base64Lines } from "./base64-lines.ts";
import type { MimePart } from "./mime-node.ts";
import { quotedPrintable, shapeOf } from "./quoted-printable.ts";

/**
 * A text in UTF-8. Quoted-printable where most of it is ASCII and line ends are ordinary, else base64: both keep lines
 * short and every character as it was.
 */
export function textPart(type: string, content: string): MimePart {
  const text = Buffer.from(content, "utf8");
  const shape = shapeOf(text);
  const fields = [["Content-Type", type]] as const;
  return shape.nonAscii * 3 > text.byteLength || /\r(?!\n)|\0/.test(content)
    ? { fields, encoding: "base64", body: base64Lines(text) }
    : { fields, encoding: "quoted-printable", body: quotedPrintable(text, shape) };
}
