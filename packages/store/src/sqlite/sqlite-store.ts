import { checkOptions, type Store, timeLimitRule } from "@mail/core";
import { SqliteClaims } from "./sqlite-claims.ts";
import { SqliteDatabase } from "./sqlite-database.ts";
import { SqliteLedger } from "./sqlite-ledger.ts";
import { SqliteLimits } from "./sqlite-limits.ts";
import { SqliteSuppressions } from "./sqlite-suppressions.ts";
import { SqliteTracking } from "./sqlite-tracking.ts";

export interface SqliteStoreOptions {
  /** Path of the database, made when it is not there, its folder not. On a local disk; several processes may share it. */
  readonly file: string;
  /** Longest time for a call while other processes write, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number | undefined;
}

const rules = {
  file: { type: "string", required: true },
  timeoutMs: timeLimitRule,
} as const;

/**
 * State in a file, by Node's own SQLite. Opened at the first call.
 * @throws MailError `configuration` for an unknown or wrong option
 */
export function sqliteStore(options: SqliteStoreOptions): Required<Store> {
  checkOptions("sqliteStore", options, rules);
  const database = new SqliteDatabase(options.file, options.timeoutMs ?? 5_000);
  return {
    claims: new SqliteClaims(database),
    limits: new SqliteLimits(database),
    ledger: new SqliteLedger(database),
    suppressions: new SqliteSuppressions(database),
    tracking: new SqliteTracking(database),
    close: () => database.close(),
  };
}
