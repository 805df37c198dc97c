import type { QueueEngine } from "../queue-engine.ts";
import { bullmq } from "./index.ts";

/** The engine on a queue of its own, for the suite and its child processes. */
export async function openEngine(storage: string): Promise<QueueEngine> {
  const { url, name }: { readonly url: string; readonly name: string } = JSON.parse(storage);
  return bullmq({ url, name, timeoutMs: 20_000 });
}
