import http from "node:http";
import https from "node:https";
import type { Socket } from "node:net";

/**
 * The connections that were opened for our requests. mailgun.js takes no agent of ours: they belong to Node's own, with
 * those of the whole app.
 */
export class OwnConnections {
  readonly #sockets = new Set<Socket>();

  add(socket: Socket): void {
    if (this.#sockets.has(socket)) return;
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  /** Closes those that nobody uses. */
  async closeIdle(): Promise<void> {
    // The agent gets a connection back a moment after its answer was read.
    await new Promise((resolve) => setImmediate(resolve));
    for (const { freeSockets } of [http.globalAgent, https.globalAgent]) {
      for (const socket of Object.values(freeSockets).flatMap((sockets) => sockets ?? [])) {
        if (this.#sockets.has(socket)) socket.destroy();
      }
    }
  }
}
