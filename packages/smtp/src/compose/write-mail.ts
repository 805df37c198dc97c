import { headerField } from "./mime-headers.ts";
import type { MimeNode, MimePart, Multipart, StreamedBody } from "./mime-node.ts";

/** What a mail is put together from, in order. */
export type Piece = string | Buffer | StreamedBody;

/**
 * Writes a mail with `header`, the fields that are not about its body.
 * @param id tells the mail's boundaries from those of all others: letters, digits and hyphens
 */
export function writeMail(header: string, root: MimeNode, id: string): readonly Piece[] {
  const pieces: Piece[] = [header];
  if ("parts" in root) writeMultipart(root, id, 1, pieces);
  else {
    writePart(root, pieces);
    if (Buffer.isBuffer(root.body) && root.body.at(-1) !== 0x0a) pieces.push("\r\n");
  }
  return pieces;
}

/**
 * No encoded line can start with a boundary: in quoted-printable no "_" follows "=", and base64 has none. With the
 * mail's id in it, no text can bring it along for a server that decodes parts on the way. None is the start of another.
 */
function writeMultipart({ type, parts }: Multipart, id: string, depth: number, pieces: Piece[]): void {
  const boundary = `=_${depth}_${id}`;
  pieces.push(`Content-Type: ${type};\r\n boundary="${boundary}"\r\n\r\n`);
  for (const part of parts) {
    pieces.push(`--${boundary}\r\n`);
    if ("parts" in part) writeMultipart(part, id, depth + 1, pieces);
    else {
      writePart(part, pieces);
      // The line end before a boundary is the boundary's own (RFC 2046 section 5.1.1).
      if (part.encoding === "quoted-printable") pieces.push("\r\n");
    }
  }
  pieces.push(`--${boundary}--\r\n`);
}

function writePart({ fields, encoding, body }: MimePart, pieces: Piece[]): void {
  const header = fields.map(([name, value]) => headerField(name, value)).join("");
  pieces.push(`${header}Content-Transfer-Encoding: ${encoding}\r\n\r\n`, body);
}
