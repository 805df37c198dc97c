import type { Socket } from "node:net";
import type { SmtpRequest } from "../to-smtp-request.ts";
import { DotStuffing } from "./dot-stuffing.ts";

/** How much of a large mail is given to the socket at once. */
const pieceBytes = 512 * 1024;
/** Pieces up to this size are joined. */
const joinedBytes = 16 * 1024;

/** The mail as it stands after DATA. */
export function dataPieces(body: readonly Buffer[]): readonly Buffer[] {
  const stuffing = new DotStuffing();
  const pieces: Buffer[] = [];
  for (const bytes of body) pieces.push(...stuffing.write(bytes));
  pieces.push(stuffing.end());
  return pieces;
}

/** The same for a source, with the end as a piece of its own. */
export async function* dataStream(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const stuffing = new DotStuffing();
  for await (const bytes of source) yield* stuffing.write(bytes);
  yield stuffing.end();
}

/**
 * Writes no faster than the other side reads, so that "all of it is out" is known as late as possible.
 * @param isWanted asked before each piece
 * @param onLast called just before the last piece
 */
export async function writePieces(
  socket: Socket,
  pieces: Iterable<Buffer> | AsyncIterable<Buffer>,
  isWanted: () => boolean,
  onLast: () => void,
): Promise<void> {
  let held: Buffer | undefined;
  for await (const piece of slices(pieces)) {
    if (!isWanted()) return;
    if (held !== undefined) await written(socket, held);
    held = piece;
  }
  if (!isWanted()) return;
  onLast();
  if (held !== undefined) socket.write(held);
}

/** Small pieces are joined; large ones are cut, and not copied. */
async function* slices(pieces: Iterable<Buffer> | AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let small: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    if (piece.byteLength <= joinedBytes) {
      small.push(piece);
      bytes += piece.byteLength;
      if (bytes < joinedBytes) continue;
    }
    if (bytes > 0) yield Buffer.concat(small);
    small = [];
    bytes = 0;
    if (piece.byteLength <= joinedBytes) continue;
    for (let start = 0; start < piece.byteLength; start += pieceBytes) yield piece.subarray(start, start + pieceBytes);
  }
  if (bytes > 0) yield Buffer.concat(small);
}

/** Resolves when the system has all of it, so that its memory may be used again, or the socket is closed. */
function written(socket: Socket, piece: Buffer): Promise<void> {
  return new Promise((resolve) => {
    socket.write(piece, () => resolve());
  });
}

/** Bytes of a mail that is ready. */
export function bytesOf(body: readonly Buffer[]): number {
  let bytes = 0;
  for (const part of body) bytes += part.byteLength;
  return bytes;
}

export function isReady(body: SmtpRequest["body"]): body is readonly Buffer[] {
  return typeof body !== "function";
}

/** The first line of a mail's header, and all that follows. */
export function splitFirstLine(body: SmtpRequest["body"]): readonly [Buffer, readonly Buffer[]] {
  const [first = Buffer.alloc(0), ...rest] = isReady(body) ? body : [];
  const end = first.indexOf("\n") + 1 || first.byteLength;
  return [first.subarray(0, end), [first.subarray(end), ...rest]];
}
