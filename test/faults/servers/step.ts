import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { readOut } from "./tcp-server.ts";

/** What a server does at one point instead of its usual answer. */
export interface Step {
  /** Written as it is. */
  readonly say?: string | undefined;
  /** Waits so long first, in milliseconds. */
  readonly afterMs?: number | undefined;
  /** Writes one byte at a time. */
  readonly slowly?: boolean | undefined;
  /** What happens then. Absent: the server goes on as usual. */
  readonly end?: "reset" | "close" | "silence" | undefined;
  /** The server takes the mail over, whatever it says. */
  readonly accept?: boolean | undefined;
  /** Only for this recipient. */
  readonly recipient?: string | undefined;
  /** The fault is over when it has struck. */
  readonly once?: boolean | undefined;
}

/** Plays a step. @returns whether the server goes on with this connection */
export async function play(socket: Socket, { afterMs, say, slowly = false, end }: Step): Promise<boolean> {
  if (afterMs !== undefined) await sleep(afterMs);
  if (say !== undefined && !(await write(socket, say, slowly))) return false;
  if (end === "reset") socket.resetAndDestroy();
  if (end === "close") readOut(socket.end());
  if (end === "silence") socket.pause();
  return end === undefined;
}

async function write(socket: Socket, text: string, slowly: boolean): Promise<boolean> {
  const pieces = slowly ? [...text] : [text];
  for (const piece of pieces) {
    if (!socket.writable) return false;
    if (!socket.write(piece, "latin1") && !(await drained(socket))) return false;
    if (slowly) await new Promise(setImmediate);
  }
  return true;
}

/** Waits for a reader that is slow. @returns whether it is still there */
async function drained(socket: Socket): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const onDrain = (): void => resolve(true);
  const onClose = (): void => resolve(false);
  socket.once("drain", onDrain).once("close", onClose);
  return promise.finally(() => socket.off("drain", onDrain).off("close", onClose));
}
