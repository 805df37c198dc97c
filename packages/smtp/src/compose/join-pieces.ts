import type { LineBuffers } from "./base64-stream.ts";
import type { StreamedBody } from "./mime-node.ts";
import type { Piece } from "./write-mail.ts";

/** A mail's bytes. */
export interface MailBytes {
  /** CRLF line ends, not dot-stuffed; undefined where a stream's length is not known beforehand. */
  readonly size: number | undefined;
  /**
   * Ready buffers in the ordinary case, or a source that is read once for each attempt with bounded memory: that of
   * `buffers` where they are given, else each piece has its own.
   */
  readonly body: readonly Buffer[] | ((buffers?: LineBuffers) => AsyncIterable<Buffer>);
  /** Closes streams that were opened and not read: to be called when the last attempt is over. */
  release?(): void;
}

/** Larger buffers are passed on as they are. */
const maxCopiedBytes = 64 * 1024;

/** Makes few large buffers of many small pieces. */
export function joinPieces(pieces: readonly Piece[]): MailBytes {
  const parts: (Buffer | StreamedBody)[] = [];
  let small: (string | Buffer)[] = [];
  for (const piece of pieces) {
    const last = small.at(-1);
    if (typeof piece === "string" && typeof last === "string") {
      small[small.length - 1] = last + piece;
      continue;
    }
    if (typeof piece === "string" || (Buffer.isBuffer(piece) && piece.byteLength <= maxCopiedBytes)) {
      small.push(piece);
      continue;
    }
    if (small.length > 0) parts.push(joined(small));
    small = [];
    parts.push(piece);
  }
  if (small.length > 0) parts.push(joined(small));
  const size = parts.reduce<number | undefined>((sum, part) => add(sum, sizeOf(part)), 0);
  const buffers = parts.filter((part) => Buffer.isBuffer(part));
  if (buffers.length === parts.length) return { size, body: buffers };
  return {
    size,
    body: (buffers) => bytesOf(parts, buffers),
    release() {
      for (const part of parts) if (!Buffer.isBuffer(part)) part.release?.();
    },
  };
}

function joined(pieces: readonly (string | Buffer)[]): Buffer {
  const bytes = pieces.reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  const out = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const piece of pieces) at += typeof piece === "string" ? out.write(piece, at, "utf8") : piece.copy(out, at);
  return out;
}

const sizeOf = (part: Buffer | StreamedBody): number | undefined =>
  Buffer.isBuffer(part) ? part.byteLength : part.size;

const add = (sum: number | undefined, size: number | undefined): number | undefined =>
  sum === undefined || size === undefined ? undefined : sum + size;

async function* bytesOf(
  parts: readonly (Buffer | StreamedBody)[],
  buffers: LineBuffers | undefined,
): AsyncGenerator<Buffer, void, undefined> {
  for (const part of parts) {
    if (Buffer.isBuffer(part)) yield part;
    else yield* part.open(buffers);
  }
}
