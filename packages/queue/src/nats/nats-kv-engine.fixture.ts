import type { QueueEngine } from "../queue-engine.ts";
import { nats } from "./index.ts";

/** The engine without a store, on a queue of its own. */
export async function openEngine(storage: string): Promise<QueueEngine> {
  const { url, name }: { readonly url: string; readonly name: string } = JSON.parse(storage);
  return nats({ servers: url, name, timeoutMs: 20_000 });
}
