import { base64Lines } from "./base64-lines.ts";
import type { MimePart } from "./mime-node.ts";
import { quotedPrintable } from "./quoted-printable.ts";

/**
 * A text in UTF-8. Quoted-printable where most of it is ASCII and line ends are ordinary, else base64: both keep lines
 * short and every character as it was.
 */
export function textPart(type: string, content: string): MimePart {
  const text = Buffer.from(content, "utf8");
  const fields = [["Content-Type", type]] as const;
  const quoted = quotedPrintable(text);
  return quoted === undefined
    ? { fields, encoding: "base64", body: base64Lines(text) }
    : { fields, encoding: "quoted-printable", body: quoted };
}
