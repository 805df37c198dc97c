/** What stands in a line besides the `=` of a soft line break (RFC 2045 section 6.7, rule 5). */
const lineLength = 75;

const tab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const equals = 0x3d;

/** What a byte takes in a line; a character's first byte takes the place of all, so that no line ends within one. */
const widths = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0xf0) return 12;
  if (byte >= 0xe0) return 9;
  if (byte >= 0xc0) return 6;
  if (byte >= 0x80) return 0;
  return byte === tab || (byte >= space && byte < 0x7f && byte !== equals) ? 1 : 3;
});

/** Room for the longest line, its end included. */
const lineRoom = 90;

/**
 * Quoted-printable of a text in UTF-8, line ends as CRLF whatever they were; undefined where more than a third of it is
 * beyond ASCII, or where it holds a lone CR or NUL. No line starts with a dot or with "From ", which servers and mailbox
 * files change, and none ends in white space.
 */
export function quotedPrintable(text: Buffer): Buffer | undefined {
  const end = text.byteLength;
  let out = Buffer.allocUnsafe(end + (end >> 2) + lineRoom);
  let from = 0;
  let to = 0;
  let nonAscii = 0;
  while (from < end) {
    if (to + lineRoom > out.byteLength) out = Buffer.concat([out], out.byteLength * 2);
    const start = to;
    const limit = start + lineLength;
    if (isChangedOnTheWay(text, from)) to = escaped(out, to, text[from++] as number);
    let byte = lf;
    while (from < end) {
      const stop = Math.min(end, from + limit - to);
      byte = text[from] as number;
      while (from < stop && widths[byte] === 1) {
        out[to++] = byte;
        byte = text[++from] as number;
      }
      const width = widths[byte] as number;
      if (from === end || byte === lf || byte === cr || width === 1 || to + width > limit) break;
      if (byte === 0 || (byte > 0x7f && ++nonAscii * 3 > end)) return undefined;
      to = escaped(out, to, byte);
      from++;
    }
    if (from < end && byte !== lf && byte !== cr) {
      to = softBreak(out, to);
      continue;
    }
    to = withoutWhiteSpace(out, start, to);
    if (from === end) break;
    if (byte === cr && text[++from] !== lf) return undefined;
    from++;
    out[to++] = cr;
    out[to++] = lf;
  }
  return out.subarray(0, to);
}

/** A dot is doubled at the start of a line (RFC 5321 section 4.5.2), "From " is quoted in mailbox files. */
function isChangedOnTheWay(text: Buffer, at: number): boolean {
  return text[at] === 0x2e || (text[at] === 0x46 && text.toString("latin1", at, at + 5) === "From ");
}

/** White space at a line's end may be lost on the way (RFC 2045 section 6.7, rule 3). */
function withoutWhiteSpace(out: Buffer, start: number, end: number): number {
  const last = out[end - 1];
  if (end === start || (last !== space && last !== tab)) return end;
  // The line ends here: it may be one longer than one with a soft break.
  const at = end - start === lineLength ? softBreak(out, end - 1) : end - 1;
  return escaped(out, at, last);
}

function softBreak(out: Buffer, at: number): number {
  out[at] = equals;
  out[at + 1] = cr;
  out[at + 2] = lf;
  return at + 3;
}

const digits = Buffer.from("0123456789ABCDEF");

function escaped(out: Buffer, at: number, byte: number): number {
  out[at] = equals;
  out[at + 1] = digits[byte >> 4] as number;
  out[at + 2] = digits[byte & 15] as number;
  return at + 3;
}
