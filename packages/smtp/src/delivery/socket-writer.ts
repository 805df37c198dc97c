import type { Socket } from "node:net";

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
    if (this.#pieces.length === 0) setImmediate(this.flush);
    this.#pieces.push(piece);
  }

  readonly flush = (): void => {
    const pieces = this.#pieces;
    const [first] = pieces;
    if (first === undefined) return;
    this.#pieces = [];
    if (!this.#socket.destroyed) this.#socket.write(pieces.length === 1 ? first : Buffer.concat(pieces));
  };
}
