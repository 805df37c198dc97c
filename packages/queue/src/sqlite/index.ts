import type { QueueEngine } from "../queue-engine.ts";
import { SqliteEngine } from "./sqlite-engine.ts";
import type { SqliteOptions } from "./sqlite-options.ts";

export type { SqliteOptions };

/**
 * An engine that keeps its mails in one file, for one machine: any number of processes, no server. Mails are on the
 * disk once they are added (SQLite: WAL, synchronous FULL), and the event loop never waits for it.
 * @throws MailError `configuration` that names the option
 */
export function sqlite(options: SqliteOptions): QueueEngine {
  return new SqliteEngine(options);
}
