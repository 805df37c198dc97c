const dot = 0x2e;
const lineFeed = 0x0a;
const lineFeedAndDot: Buffer = Buffer.from("\n.");
const oneDot: Buffer = Buffer.from(".");

/** Makes what is sent after DATA: a dot more at the start of lines that have one, and a line with one alone at the end (RFC 5321 section 4.5.2). */
export class DotStuffing {
  #atLineStart = true;

  /** The pieces share the input's memory. */
  *write(bytes: Buffer): Generator<Buffer> {
    if (bytes.byteLength === 0) return;
    if (this.#atLineStart && bytes[0] === dot) yield oneDot;
    this.#atLineStart = bytes[bytes.byteLength - 1] === lineFeed;
    // Most content in base64 has no dot at all, which is found out fastest.
    if (bytes.indexOf(dot) === -1) return yield bytes;
    let start = 0;
    for (let at = bytes.indexOf(lineFeedAndDot); at !== -1; at = bytes.indexOf(lineFeedAndDot, start)) {
      yield bytes.subarray(start, at + 1);
      yield oneDot;
      start = at + 1;
    }
    yield bytes.subarray(start);
  }

  end(): Buffer {
    return Buffer.from(this.#atLineStart ? ".\r\n" : "\r\n.\r\n");
  }
}
