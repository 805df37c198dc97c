import { randomInt } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:net";
import { createServer } from "node:net";

/** Below the ports that the system gives out by itself (32,768 and up), so that nobody takes one while its server is down. */
const lowest = 10_000;
/** A Redis of a cluster has a second port, 10,000 above the first. */
const highest = 22_000;

/** A port on 127.0.0.1 for a server that is told which one to take. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenAnywhere(server);
  server.close();
  await once(server, "close");
  return port;
}

/** Has a server listen at a port that it can take again after it was closed. @returns the port */
export async function listenAnywhere(server: Server): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest);
    try {
      await once(server.listen(port, "127.0.0.1"), "listening");
      return port;
    } catch (thrown) {
      if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EADDRINUSE")) throw thrown;
    }
  }
}
