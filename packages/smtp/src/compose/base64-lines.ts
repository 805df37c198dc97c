/** Bytes that fill one line of 76 characters (RFC 2045 section 6.8). */
export const lineBytes = 57;
const lineLength = 76;

/** How many bytes `base64Lines` makes of so many. */
export function base64LinesLength(bytes: number): number {
  return bytes === 0 ? 2 : Math.ceil(bytes / 3) * 4 + Math.ceil(bytes / lineBytes) * 2;
}

/** So much is encoded at once: larger strings are slow to make. */
const stepBytes = lineBytes * 256;

/** Base64 in lines of 76 characters, each ended by CRLF; no content is one empty line. */
export function base64Lines(bytes: Uint8Array): Buffer {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const out = Buffer.allocUnsafe(base64LinesLength(source.byteLength));
  let at = 0;
  for (let start = 0; at < out.byteLength; start += stepBytes)
    at = writeLines(out, at, source.subarray(start, start + stepBytes));
  return out;
}

/** @returns where the lines end */
function writeLines(out: Buffer, start: number, source: Buffer): number {
  const end = start + base64LinesLength(source.byteLength);
  let to = start;
  // All of it is written to the end at once; then its lines move to their places, which are never behind.
  let from = start + Math.max(2, Math.ceil(source.byteLength / lineBytes) * 2);
  out.write(source.toString("base64"), from, "latin1");
  do {
    const lineEnd = Math.min(from + lineLength, end);
    out.copyWithin(to, from, lineEnd);
    to += lineEnd - from;
    from = lineEnd;
    out[to++] = 0x0d;
    out[to++] = 0x0a;
  } while (from < end);
  return end;
}
