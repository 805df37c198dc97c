import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createSecureContext, TLSSocket, type TlsOptions } from "node:tls";

/** A port on loopback that knows which of its connections are still open. */
export interface TcpServer {
  readonly host: string;
  readonly port: number;
  /** Resolves when the other side has closed every connection. */
  allClosed(): Promise<void>;
  stop(): Promise<void>;
}

/** Where a server listens. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

interface TcpServerOptions {
  /** Default: any free port of 127.0.0.1. */
  readonly place?: Place | undefined;
  /** Asked for each connection: what it needs to speak TLS from the first byte. */
  readonly tls?: (() => TlsOptions | undefined) | undefined;
}

export async function tcpServer(
  onConnection: (socket: Socket) => void,
  { place = { host: "127.0.0.1", port: 0 }, tls }: TcpServerOptions = {},
): Promise<TcpServer> {
  /** Connections, and what is read of each: TLS where it speaks that. */
  const open = new Map<Socket, Socket>();
  // Answers to commands that came together are small writes, which would wait for each other.
  const server: Server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => undefined).on("close", () => open.delete(socket));
    const options = tls?.();
    const stream = options === undefined ? socket : overTls(socket, options);
    open.set(socket, stream);
    onConnection(stream);
  });
  server.listen(place.port, place.host);
  await once(server, "listening");
  return {
    host: place.host,
    port: (server.address() as AddressInfo).port,
    async allClosed() {
      // A socket that is not read never learns that the other side is gone.
      for (const stream of open.values()) readOut(stream);
      await Promise.all([...open.keys()].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
    },
    async stop() {
      for (const socket of open.keys()) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Reads on and throws away what comes, so that the end is seen. */
export function readOut(stream: Socket): void {
  // Without a listener for data, Node stops the stream when the one for "readable" has gone.
  stream
    .removeAllListeners("readable")
    .on("data", () => undefined)
    .resume();
}

/** The server's side of TLS on a connection that is there. */
export function overTls(socket: Socket, options: TlsOptions): Socket {
  const secured = new TLSSocket(socket, { isServer: true, secureContext: createSecureContext(options) });
  return secured
    .on("error", () => socket.destroy())
    .on("end", () => secured.destroy())
    .on("close", () => socket.destroy());
}
