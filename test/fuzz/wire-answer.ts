import type { Socket } from "node:net";
import fc from "fast-check";

/** What a server writes, as it is, and what it does then. */
export interface WireAnswer {
  readonly bytes: Buffer;
  /** How many bytes at a time. Absent: all at once. */
  readonly dripBytes?: number;
  /** Written over and over until the other side closes. */
  readonly endless?: Buffer;
  /** Absent: the server goes on. */
  readonly end?: "close" | "reset" | "silence";
}

/** A limit for what is written without end: who reads as much has no limit of their own. */
const endlessBytes = 64 * 1024 * 1024;

/** Writes an answer. @returns whether the server goes on with this connection */
export async function writeAnswer(socket: Socket, answer: WireAnswer): Promise<boolean> {
  const { bytes, dripBytes = bytes.length, endless, end } = answer;
  for (let at = 0; at < bytes.length; at += dripBytes) {
    if (!(await write(socket, bytes.subarray(at, at + dripBytes)))) return false;
    if (dripBytes < bytes.length) await new Promise(setImmediate);
  }
  if (endless !== undefined) {
    const block = Buffer.concat(Array.from({ length: Math.ceil(65_536 / endless.length) }, () => endless));
    for (let written = 0; written < endlessBytes; written += block.length) {
      if (!(await write(socket, block))) return false;
    }
    throw new Error(`The other side has read ${endlessBytes} bytes of an answer without end.`);
  }
  if (end === "close") socket.end();
  if (end === "reset") socket.resetAndDestroy();
  return end === undefined;
}

async function write(socket: Socket, bytes: Buffer): Promise<boolean> {
  if (!socket.writable) return false;
  if (socket.write(bytes)) return true;
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once("drain", resolve).once("close", resolve);
  await promise.finally(() => socket.off("drain", resolve).off("close", resolve));
  return socket.writable;
}

/** A change at a place, which is a share of the length from 0 to 1. */
type Edit = (bytes: Buffer, place: number) => Buffer;

const inserted = (what: Buffer): Edit => {
  return (bytes, place) => {
    const at = Math.floor(place * bytes.length);
    return Buffer.concat([bytes.subarray(0, at), what, bytes.subarray(at)]);
  };
};
const cut: Edit = (bytes, place) => bytes.subarray(0, Math.floor(place * bytes.length));
const flipped =
  (byte: number): Edit =>
  (bytes, place) => {
    const copy = Buffer.from(bytes);
    if (copy.length > 0) copy[Math.floor(place * copy.length)] = byte;
    return copy;
  };
const doubled: Edit = (bytes, place) => Buffer.concat(Array.from({ length: 2 + Math.floor(place * 3) }, () => bytes));
const removed: Edit = (bytes, place) => {
  const at = Math.floor(place * bytes.length);
  return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
};

/** Changes to bytes on the wire: lost, doubled, flipped and slipped-in ones. */
export function mutations(pieces: readonly string[]): fc.Arbitrary<(bytes: Buffer) => Buffer> {
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.constantFrom(...pieces).map((piece) => inserted(Buffer.from(piece, "latin1"))),
    fc.uint8Array({ minLength: 1, maxLength: 20 }).map((bytes) => inserted(Buffer.from(bytes))),
    fc.nat(255).map(flipped),
    fc.constantFrom(cut, doubled, removed),
  );
  // The start of an answer decides on most: every other edit is there.
  const place = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }));
  return fc
    .array(fc.tuple(edit, place), { minLength: 1, maxLength: 3 })
    .map((edits) => (bytes) => edits.reduce((changed, [change, at]) => change(changed, at), bytes));
}
