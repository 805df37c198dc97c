import { createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";

/**
 * Takes mails over TCP, a line each, and counts them: what stands for the provider in the crash tests. A mail counts as
 * accepted before the answer goes out, so that whoever is killed in between has sent it without knowing.
 */
export class Sink {
  /** How often each mail was accepted, by its number. */
  readonly accepted = new Map<number, number>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #onAccepted: () => void;

  constructor(onAccepted: () => void) {
    this.#onAccepted = onAccepted;
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket));
      const lines = createInterface({ input: socket });
      lines.on("error", () => undefined);
      lines.on("line", (line) => {
        const number = Number(line);
        this.accepted.set(number, (this.accepted.get(number) ?? 0) + 1);
        setTimeout(() => socket.write(`${line}\n`), 2);
        this.#onAccepted();
      });
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    const address = this.#server.address();
    if (typeof address !== "object" || address === null) throw new Error("no address");
    return address.port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
