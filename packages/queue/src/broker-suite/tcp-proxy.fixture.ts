import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Stands between a client and a server, and cuts connections as it is told. */
export class TcpProxy implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #leftBytes = Number.POSITIVE_INFINITY;
  #cutBytes = { toServer: true };
  #silent = false;
  cuts = 0;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async open(targetPort: number): Promise<TcpProxy> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("No port.");
    const proxy = new TcpProxy(server, address.port);
    server.on("connection", (client) => proxy.#join(client, targetPort));
    return proxy;
  }

  /** Cuts all connections once so many more bytes have gone to the server, or come from it. */
  cutAfter(bytes: number, direction: "to server" | "from server" = "to server"): void {
    this.#leftBytes = bytes;
    this.#cutBytes = { toServer: direction === "to server" };
  }

  /** Passes on nothing more, as a network does that drops packets, or everything again. */
  silence(silent: boolean): void {
    this.#silent = silent;
    for (const socket of this.#sockets) {
      if (silent) socket.pause();
      else socket.resume();
    }
  }

  cut(): void {
    this.cuts++;
    this.#leftBytes = Number.POSITIVE_INFINITY;
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(client: Socket, targetPort: number): void {
    const server = connect(targetPort, "127.0.0.1");
    this.#pass(client, server, true);
    this.#pass(server, client, false);
  }

  #pass(from: Socket, to: Socket, toServer: boolean): void {
    this.#sockets.add(from);
    if (this.#silent) from.pause();
    from.on("data", (bytes) => {
      if (this.#cutBytes.toServer !== toServer || bytes.byteLength <= this.#leftBytes) {
        if (this.#cutBytes.toServer === toServer) this.#leftBytes -= bytes.byteLength;
        to.write(bytes);
        return;
      }
      to.write(bytes.subarray(0, this.#leftBytes), () => this.cut());
    });
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }
}
