import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";

export interface NodeServer extends AsyncDisposable {
  readonly server: Server;
  readonly url: string;
  /** Writes bytes to a connection of its own, and gives it. */
  connect(bytes: string | Uint8Array): Socket;
  /** What comes back for these bytes until the server closes the connection. */
  exchange(bytes: string | Uint8Array): Promise<string>;
}

export async function startServer(
  listener: (incoming: IncomingMessage, outgoing: ServerResponse) => void,
): Promise<NodeServer> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const open = (bytes: string | Uint8Array): Socket => {
    const socket = connect(port, "127.0.0.1");
    socket.write(bytes);
    return socket;
  };
  return {
    server,
    url: `http://127.0.0.1:${port}`,
    connect: open,
    exchange: (bytes) => text(open(bytes)),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
