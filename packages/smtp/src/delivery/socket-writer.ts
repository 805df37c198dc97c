import type { Socket } from "node:net";
import type { WriteTurn } from "./write-turn.ts";

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
