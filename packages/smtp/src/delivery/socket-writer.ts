import type { Socket } from "node:net";
// Not the global one, which an app's test may have stopped.
import { setImmediate } from "node:timers";

/** What the connections of a transport write in one turn of the event loop. */
export class WriteTurn {
  #writers: SocketWriter[] = [];
  #waiting: (() => void)[] = [];

  add(writer: SocketWriter): void {
    if (this.#writers.length === 0) setImmediate(this.#writeAll);
    this.#writers.push(writer);
  }

  /**
   * Calls back when all that this turn wrote is with the sockets, so that servers work while the app goes on; at once where
   * nothing is written.
   */
  afterwards(callback: () => void): void {
    if (this.#writers.length === 0) callback();
    else this.#waiting.push(callback);
  }

  /** All connections at once, since each write may wake a server up. */
  readonly #writeAll = (): void => {
    const [writers, waiting] = [this.#writers, this.#waiting];
    this.#writers = [];
    this.#waiting = [];
    for (const writer of writers) writer.flush();
    for (const callback of waiting) callback();
  };
}

/**
 * Joins what is written in one turn of the event loop into one write to the socket: a mail that is sent because another one
 * has its answer goes out with what follows that answer.
 */
export class SocketWriter {
  readonly #socket: Socket;
  readonly #turn: WriteTurn;
  #pieces: Buffer[] = [];

  constructor(socket: Socket, turn: WriteTurn) {
    this.#socket = socket;
    this.#turn = turn;
  }

  write(piece: Buffer): void {
    if (this.#pieces.length === 0) this.#turn.add(this);
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
