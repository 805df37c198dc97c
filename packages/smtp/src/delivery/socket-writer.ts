import type { Socket } from "node:net";

/** Writers that have something to write in this turn of the event loop, and what waits until they have. */
let due: SocketWriter[] = [];
let waiting: (() => void)[] = [];

/**
 * Calls back when all that this turn of the event loop wrote is with the sockets, so that servers work while the app goes
 * on; at once where nothing is written.
 */
export function afterWriting(callback: () => void): void {
  if (due.length === 0) {
    callback();
    return;
  }
  waiting.push(callback);
  setImmediate(writeAll);
}

/** All connections at once, since each write may wake a server up. */
function writeAll(): void {
  const [writers, callbacks] = [due, waiting];
  due = [];
  waiting = [];
  for (const writer of writers) writer.flush();
  for (const callback of callbacks) callback();
}

/**
 * Joins what is written in one turn of the event loop into one write to the socket: a mail that is sent because another one
 * has its answer goes out with what follows that answer.
 */
export class SocketWriter {
  readonly #socket: Socket;
  #pieces: Buffer[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  write(piece: Buffer): void {
    if (this.#pieces.length === 0) {
      // For each, although the first one writes all: none depends on another one's turn, which a test may have stopped.
      setImmediate(writeAll);
      due.push(this);
    }
    this.#pieces.push(piece);
  }

  flush(): void {
    const pieces = this.#pieces;
    const [first] = pieces;
    if (first === undefined) return;
    this.#pieces = [];
    if (!this.#socket.destroyed) this.#socket.write(pieces.length === 1 ? first : Buffer.concat(pieces));
  }
}
