import { base64Lines, base64LinesLength, lineBytes } from "./base64-lines.ts";

/** How much of a stream is encoded at once: whole lines. */
const blockBytes = lineBytes * 1024;
const wordsOfBlock = base64LinesLength(blockBytes) / 2;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** Memory, some 220 KB, in which one stream after another is encoded. */
export class LineBuffers {
  readonly block: Buffer = Buffer.allocUnsafeSlow(blockBytes);
  readonly #lines = [new Uint16Array(wordsOfBlock), new Uint16Array(wordsOfBlock)] as const;
  #turn: 0 | 1 = 0;
  /** The two characters of each 12 bits, as they lie in memory. */
  readonly #pairs = wordsOf(4096, (place) => alphabet[place % 2 === 0 ? place >> 7 : (place >> 1) & 63] as string);
  readonly #lineEnd = wordsOf(1, (place) => "\r\n"[place] as string)[0] as number;

  /**
   * The lines of the block, in one of two places that take turns. Half as fast as by way of strings, for whose garbage V8
   * lets its heap grow by 30 MB.
   */
  encode(): Buffer {
    this.#turn = this.#turn === 0 ? 1 : 0;
    const [block, words, pairs] = [this.block, this.#lines[this.#turn], this.#pairs];
    let to = 0;
    for (let at = 0; at < blockBytes; ) {
      for (const end = at + lineBytes; at < end; at += 3) {
        const bits = ((block[at] as number) << 16) | ((block[at + 1] as number) << 8) | (block[at + 2] as number);
        words[to++] = pairs[bits >> 12] as number;
        words[to++] = pairs[bits & 0xfff] as number;
      }
      words[to++] = this.#lineEnd;
    }
    return Buffer.from(words.buffer);
  }
}

/** Pairs of characters as numbers of 16 bits, in whatever order the machine has. */
function wordsOf(count: number, characterAt: (place: number) => string): Uint16Array {
  const bytes = Uint8Array.from({ length: count * 2 }, (_, place) => characterAt(place).charCodeAt(0));
  return new Uint16Array(bytes.buffer);
}

/**
 * The lines of `base64Lines` of a stream, read no faster than it is asked for.
 * @param buffers a piece of a whole block is written over when the next but one is made; absent: each has memory of its own
 */
export async function* base64LinesOf(
  source: AsyncIterable<Uint8Array>,
  buffers?: LineBuffers,
): AsyncGenerator<Buffer, void, undefined> {
  const block = buffers?.block ?? Buffer.allocUnsafe(blockBytes);
  let filled = 0;
  let empty = true;
  for await (const chunk of source) {
    for (let read = 0; read < chunk.byteLength; ) {
      const part = chunk.subarray(read, read + blockBytes - filled);
      block.set(part, filled);
      read += part.byteLength;
      filled += part.byteLength;
      if (filled < blockBytes) continue;
      yield buffers?.encode() ?? base64Lines(block);
      filled = 0;
      empty = false;
    }
  }
  if (filled > 0 || empty) yield base64Lines(block.subarray(0, filled));
}
