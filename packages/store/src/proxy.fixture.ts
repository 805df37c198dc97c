import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { listenAnywhere } from "./free-port.fixture.ts";

/** A way to a server that can be cut, blocked, and closed. */
export interface ServerProxy {
  /** The server's URL by this way. */
  readonly url: string;
  /** Ends all connections; new ones are taken. */
  cut(): void;
  /** Holds the answers back: the server does what it is asked, and the other side hears nothing of it. */
  stall(): void;
  /** Passes on what was held back, where the other side still waits for it. */
  resume(): void;
  /** Refuses connections from now on. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** How many connections are open. */
  connections(): number;
}

export async function startProxy(target: string): Promise<ServerProxy> {
  const { hostname, port } = new URL(target);
  const pairs = new Set<readonly [Socket, Socket]>();
  let stalled = false;
  const server: Server = createServer((incoming) => {
    const outgoing = connect(Number(port) || (target.startsWith("redis") ? 6379 : 5432), hostname);
    const pair = [incoming, outgoing] as const;
    pairs.add(pair);
    const end = (): void => {
      incoming.destroy();
      outgoing.destroy();
      pairs.delete(pair);
    };
    for (const socket of pair) socket.on("error", end).on("close", end);
    incoming.on("data", (chunk) => outgoing.write(chunk));
    outgoing.on("data", (chunk) => incoming.write(chunk));
    if (stalled) outgoing.pause();
  });
  const listen = async (at: number): Promise<void> => {
    server.listen(at, "127.0.0.1");
    await once(server, "listening");
  };
  const cut = (): void => {
    for (const [incoming] of pairs) incoming.destroy();
  };
  const ownPort = await listenAnywhere(server);
  const own = new URL(target);
  own.hostname = "127.0.0.1";
  own.port = String(ownPort);
  return {
    url: own.href,
    cut,
    connections: () => pairs.size,
    stall() {
      stalled = true;
      for (const [, outgoing] of pairs) outgoing.pause();
    },
    resume() {
      stalled = false;
      for (const [, outgoing] of pairs) outgoing.resume();
    },
    async stop() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      cut();
      await closed;
    },
    start: () => listen(ownPort),
  };
}
