import { ledgerSchema } from "./sqlite-ledger-schema.ts";
import { suppressionsSchema } from "./sqlite-suppressions-schema.ts";
import { trackingSchema } from "./sqlite-tracking-schema.ts";

/** What makes each version of the schema from the one before; `user_version` counts them. Never change one: add another. */
export const sqliteMigrations: readonly string[] = [
  `CREATE TABLE claims (
     key TEXT PRIMARY KEY,
     owner TEXT NOT NULL,
     note TEXT NOT NULL,
     result TEXT,
     leased_until INTEGER NOT NULL,
     kept_until INTEGER NOT NULL,
     written_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX claims_kept_until ON claims (kept_until);`,
  // The places of one grant are numbered up to last_place, counted from the key's first.
  `CREATE TABLE limits (
     key TEXT PRIMARY KEY,
     taken INTEGER NOT NULL,
     paused_until INTEGER NOT NULL,
     stale_at INTEGER NOT NULL,
     written_at INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX limits_stale_at ON limits (stale_at);
   CREATE TABLE limit_grants (
     key TEXT NOT NULL,
     last_place INTEGER NOT NULL,
     places INTEGER NOT NULL,
     at INTEGER NOT NULL,
     PRIMARY KEY (key, last_place)
   ) STRICT, WITHOUT ROWID;`,
  ledgerSchema,
  suppressionsSchema,
  trackingSchema,
];
