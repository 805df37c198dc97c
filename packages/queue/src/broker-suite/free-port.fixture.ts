import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that the system gives out by itself (32,768 and up), so that nobody takes one while its server is down. */
const lowest = 10_000;
const highest = 32_000;

const given = new Set<number>();

/** A port on 127.0.0.1 for a server that cannot be told to choose one itself; another one each time. */
export async function freePort(): Promise<number> {
  let port = randomInt(lowest, highest);
  while (given.has(port) || !(await isFree(port))) port = randomInt(lowest, highest);
  given.add(port);
  return port;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
