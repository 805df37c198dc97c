import type { CaughtMail } from "../caught-mail.ts";

const maxBytes = 64 * 1024;

/** The header of a mail as it came, with CRLF at each line's end; written anew where the source is gone. */
export function originalHeaders(mail: CaughtMail, source: Uint8Array | undefined): string {
  const text =
    source === undefined
      ? mail.headers.map(({ name, value }) => `${name}: ${value}\n`).join("")
      : headerBlock(Buffer.from(source.buffer, source.byteOffset, Math.min(source.byteLength, maxBytes)).toString());
  const lines = text.split(/\r?\n/).filter((line) => line !== "");
  return lines.map((line) => `${line}\r\n`).join("");
}

function headerBlock(source: string): string {
  const end = /\r?\n\r?\n/.exec(source)?.index;
  return end === undefined ? source.slice(0, source.lastIndexOf("\n") + 1) : source.slice(0, end);
}
