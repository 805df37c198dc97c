/** Bytes that fill one line of 76 characters (RFC 2045 section 6.8). */
const lineBytes = 57;
const lineLength = 76;

/** How many bytes `base64Lines` makes of so many. */
export function base64LinesLength(bytes: number): number {
  return bytes === 0 ? 2 : Math.ceil(bytes / 3) * 4 + Math.ceil(bytes / lineBytes) * 2;
}

/** Base64 in lines of 76 characters, each ended by CRLF; no content is one empty line. */
export function base64Lines(bytes: Uint8Array): Buffer {
  const { buffer, byteOffset, byteLength } = bytes;
  const out = Buffer.allocUnsafe(base64LinesLength(byteLength));
  // All of it goes to the end at once; then its lines move to their places, which are never behind.
  let from = Math.max(2, Math.ceil(byteLength / lineBytes) * 2);
  let to = 0;
  out.write(Buffer.from(buffer, byteOffset, byteLength).toString("base64"), from, "latin1");
  do {
    out.copyWithin(to, from, from + lineLength);
    to += Math.min(lineLength, out.byteLength - from);
    from += lineLength;
    out[to++] = 0x0d;
    out[to++] = 0x0a;
  } while (from < out.byteLength);
  return out;
}

/** How much of a stream is encoded at once: whole lines. */
const blockBytes = lineBytes * 1024;

/** The same of a stream, read no faster than it is asked for; it holds some 60 KB. */
export async function* base64LinesOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  const block = Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  let empty = true;
  for await (const chunk of source) {
    for (let read = 0; read < chunk.byteLength; ) {
      const part = chunk.subarray(read, read + blockBytes - filled);
      block.set(part, filled);
      read += part.byteLength;
      filled += part.byteLength;
      if (filled < blockBytes) continue;
      yield base64Lines(block);
      filled = 0;
      empty = false;
    }
  }
  if (filled > 0 || empty) yield base64Lines(block.subarray(0, filled));
}
