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

/** What a text consists of. */
export interface TextShape {
  readonly nonAscii: number;
  /** Room that quoted-printable takes at most. */
  readonly quotedBytes: number;
}

export function shapeOf(text: Buffer): TextShape {
  const { byteLength } = text;
  let lines = 1;
  let encoded = 0;
  let nonAscii = 0;
  for (let at = 0; at < byteLength; at++) {
    const byte = text[at] as number;
    if (byte === lf) lines++;
    else if (widths[byte] !== 1) {
      encoded++;
      if (byte > 0x7f) nonAscii++;
    }
  }
  const bytes = byteLength + 2 * encoded;
  // Each line of either kind may take two bytes more at its start, two at its end, three for a break, three for another.
  const linesAtMost = lines + Math.ceil(bytes / (lineLength - 11));
  return { nonAscii, quotedBytes: bytes + 10 * linesAtMost };
}

/**
 * Quoted-printable of a text in UTF-8 without lone CR, line ends as CRLF whatever they were. No line starts with a dot
 * or with "From ", which servers and mailbox files change, and none ends in white space.
 */
export function quotedPrintable(text: Buffer, { quotedBytes }: TextShape): Buffer {
  const out = Buffer.allocUnsafe(quotedBytes);
  const end = text.byteLength;
  let from = 0;
  let to = 0;
  while (from < end) {
    const start = to;
    const limit = start + lineLength;
    if (isChangedOnTheWay(text, from)) to = escaped(out, to, text[from++] as number);
    let byte = -1;
    while (from < end) {
      byte = text[from] as number;
      const width = widths[byte] as number;
      if (width === 1) {
        if (to === limit) break;
        out[to++] = byte;
      } else {
        if (byte === lf || byte === cr || to + width > limit) break;
        to = escaped(out, to, byte);
      }
      from++;
    }
    if (from < end && byte !== lf && byte !== cr) {
      to = softBreak(out, to);
      continue;
    }
    to = withoutWhiteSpace(out, start, to);
    if (from === end) break;
    out[to++] = cr;
    out[to++] = lf;
    from += byte === cr ? 2 : 1;
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
