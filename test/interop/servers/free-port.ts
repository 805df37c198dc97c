import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that the system gives out by itself (32,768 and up), so that nothing takes one in between. */
const lowest = 10_000;
const highest = 32_000;

/** Finds ports on 127.0.0.1, each different, for servers that cannot be told to choose one themselves. */
export async function freePorts<Name extends string>(...names: readonly Name[]): Promise<Record<Name, number>> {
  const found = new Map<number, Name>();
  for (const name of names) {
    let port = randomInt(lowest, highest);
    while (found.has(port) || !(await isFree(port))) port = randomInt(lowest, highest);
    found.set(port, name);
  }
  return Object.fromEntries([...found].map(([port, name]) => [name, port])) as Record<Name, number>;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await once(server.listen(port, "127.0.0.1"), "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
