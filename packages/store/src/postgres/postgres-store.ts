import { checkOptions, misconfigured, type Store, timeLimitRule } from "@mail/core";
import type { Pool } from "pg";
import { checkStoreUrl, checkUrlOrClient } from "../store-url.ts";
import { unsureClaims } from "../unsure-claims.ts";
import { PostgresClaims } from "./postgres-claims.ts";
import { PostgresConnection } from "./postgres-connection.ts";
import { PostgresLedger } from "./postgres-ledger.ts";
import { PostgresLimits } from "./postgres-limits.ts";
import { PostgresSuppressions } from "./postgres-suppressions.ts";
import { PostgresTracking } from "./postgres-tracking.ts";

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:5432/database`. */
  readonly url?: string | undefined;
  /** A pool of the app's own, by `pg`, instead of `url`; `close()` leaves it open. */
  readonly client?: Pool | undefined;
  /** The schema that holds the tables; made when it is not there. Default `mail`. */
  readonly schema?: string | undefined;
  /** Longest time for a call, reconnecting included, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number | undefined;
}

const rules = {
  url: { type: "string" },
  client: { type: "object" },
  schema: { type: "string" },
  timeoutMs: timeLimitRule,
} as const;

/** PostgreSQL cuts longer names off (documentation, section 4.1.1). */
const identifier = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * State in PostgreSQL 13 or newer. Connects at the first call, and makes or upgrades its tables then.
 * @throws MailError `configuration` for an unknown or wrong option
 */
export function postgresStore(options: PostgresStoreOptions): Required<Store> {
  checkOptions("postgresStore", options, rules);
  checkUrlOrClient(options);
  const { url, client, schema = "mail", timeoutMs = 5_000 } = options;
  if (!identifier.test(schema) || schema.startsWith("pg_"))
    throw misconfigured("schema", "is no plain name", "Use a-z, 0-9 and _, at most 63, not beginning with pg_.");
  const example = "postgres://user:password@host:5432/database";
  const secrets = url === undefined ? [] : checkStoreUrl(url, ["postgres", "postgresql"], example);
  const connection = new PostgresConnection({ url, client, schema, timeoutMs, secrets });
  return {
    claims: unsureClaims(new PostgresClaims(connection)),
    limits: new PostgresLimits(connection),
    ledger: new PostgresLedger(connection),
    suppressions: new PostgresSuppressions(connection),
    tracking: new PostgresTracking(connection),
    close: () => connection.close(),
  };
}
