import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** Stands before a server on this machine, passes everything on, and keeps the bytes that the client sent. */
export class WireRecorder implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #sent: Buffer[] = [];
  /** How many the client has opened. */
  connections = 0;

  private constructor(target: number) {
    this.#server = createServer((client) => {
      this.connections++;
      const server = connect(target, "127.0.0.1");
      client.on("data", (chunk) => this.#sent.push(chunk));
      client.pipe(server).pipe(client);
      for (const [socket, other] of [
        [client, server],
        [server, client],
      ] as const) {
        this.#sockets.add(socket);
        // What one side breaks off, the other hears of.
        socket.on("error", () => other.destroy());
      }
    });
  }

  static async before(port: number): Promise<WireRecorder> {
    const recorder = new WireRecorder(port);
    await once(recorder.#server.listen(0, "127.0.0.1"), "listening");
    return recorder;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Everything the client sent, one character for each byte. */
  get sent(): string {
    return Buffer.concat(this.#sent).toString("latin1");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}
