import { join } from "node:path";
import type { QueueEngine } from "../queue-engine.ts";
import { sqlite } from "./index.ts";

/** The engine on a file in a folder, for the suite and its child processes. */
export async function openEngine(folder: string): Promise<QueueEngine> {
  return sqlite({ file: join(folder, "mail.db"), busyTimeoutMs: 20_000 });
}
