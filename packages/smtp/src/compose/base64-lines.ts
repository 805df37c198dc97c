/** Bytes that fill one line of 76 characters (RFC 2045 section 6.8). */
const lineBytes = 57;
const lineLength = 76;

/** How many bytes `base64Lines` makes of so many. */
export function base64LinesLength(bytes: number): number {
  return bytes === 0 ? 2 : Math.ceil(bytes / 3) * 4 + Math.ceil(bytes / lineBytes) * 2;
}

/** So much is encoded at once: larger strings are slow to make. */
const stepBytes = lineBytes * 256;

/** Base64 in lines of 76 characters, each ended by CRLF; no content is one empty line. */
export function base64Lines(
  bytes: Uint8Array,
  out: Buffer = Buffer.allocUnsafe(base64LinesLength(bytes.byteLength)),
): Buffer {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
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

/** How much of a stream is encoded at once: whole lines. */
const blockBytes = lineBytes * 1024;
const blockLength = base64LinesLength(blockBytes);

/** Memory, some 220 KB, in which one stream after another is encoded. */
export class LineBuffers {
  readonly block: Buffer = Buffer.allocUnsafeSlow(blockBytes);
  readonly #pair = [Buffer.allocUnsafeSlow(blockLength), Buffer.allocUnsafeSlow(blockLength)] as const;
  #turn: 0 | 1 = 0;

  /** The one of the two that was not used last. */
  next(): Buffer {
    this.#turn = this.#turn === 0 ? 1 : 0;
    return this.#pair[this.#turn];
  }
}

/**
 * The same of a stream, read no faster than it is asked for.
 * @param buffers a piece of a whole block is written over when the next but one is made; absent: each has memory of its own
 */
export async function* base64LinesOf(
  source: AsyncIterable<Uint8Array>,
  buffers?: LineBuffers,
): AsyncGenerator<Buffer, void, undefined> {
  const { block } = buffers ?? new LineBuffers();
  let filled = 0;
  let empty = true;
  for await (const chunk of source) {
    for (let read = 0; read < chunk.byteLength; ) {
      const part = chunk.subarray(read, read + blockBytes - filled);
      block.set(part, filled);
      read += part.byteLength;
      filled += part.byteLength;
      if (filled < blockBytes) continue;
      yield buffers === undefined ? base64Lines(block) : blockLines(block, buffers.next());
      filled = 0;
      empty = false;
    }
  }
  if (filled > 0 || empty) yield base64Lines(block.subarray(0, filled));
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Two characters in memory as one number, in whatever order the machine has. */
function wordsOf(count: number, characterAt: (place: number) => string): Uint16Array {
  const bytes = Uint8Array.from({ length: count * 2 }, (_, place) => characterAt(place).charCodeAt(0));
  return new Uint16Array(bytes.buffer);
}

/** The two characters of each 12 bits. */
const pairs = wordsOf(4096, (place) => alphabet[place % 2 === 0 ? place >> 7 : (place >> 1) & 63] as string);
const [lineEnd] = wordsOf(1, (place) => "\r\n"[place] as string) as unknown as readonly [number];

/**
 * Encodes a block of whole lines with no memory but `out`'s. Half as fast as by way of strings, for whose garbage V8 lets
 * its heap grow by 30 MB.
 */
function blockLines(block: Buffer, out: Buffer): Buffer {
  const words = new Uint16Array(out.buffer, out.byteOffset, out.byteLength / 2);
  let to = 0;
  for (let at = 0; at < blockBytes; ) {
    for (const end = at + lineBytes; at < end; at += 3) {
      const bits = ((block[at] as number) << 16) | ((block[at + 1] as number) << 8) | (block[at + 2] as number);
      words[to++] = pairs[bits >> 12] as number;
      words[to++] = pairs[bits & 0xfff] as number;
    }
    words[to++] = lineEnd;
  }
  return out;
}
