import type { QueueEngine } from "../queue-engine.ts";
import { sqlite } from "./index.ts";

/** The engine on a file, for the suite and its child processes. */
export async function openEngine(file: string): Promise<QueueEngine> {
  return sqlite({ file });
}
