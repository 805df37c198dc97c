import { checkOptions, type Store, timeLimitRule } from "@mail/core";
import type { Cluster, Redis } from "ioredis";
import { checkStoreUrl, checkUrlOrClient } from "../store-url.ts";
import { unsureClaims } from "../unsure-claims.ts";
import { RedisClaims } from "./redis-claims.ts";
import { RedisConnection } from "./redis-connection.ts";
import { RedisLedger } from "./redis-ledger.ts";
import { RedisLimits } from "./redis-limits.ts";
import { RedisSuppressions } from "./redis-suppressions.ts";

export interface RedisStoreOptions {
  /** `redis://user:password@host:6379/0`, or `rediss://…` for TLS. */
  readonly url?: string | undefined;
  /** An ioredis client or cluster of the app's own instead of `url`; `close()` leaves it open. */
  readonly client?: Redis | Cluster | undefined;
  /** What all keys begin with. Default `mail:`. */
  readonly prefix?: string | undefined;
  /** Longest time for a call, reconnecting included, in milliseconds. Default 5,000. */
  readonly timeoutMs?: number | undefined;
}

const rules = {
  url: { type: "string" },
  client: { type: "object" },
  prefix: { type: "string" },
  timeoutMs: timeLimitRule,
} as const;

/**
 * State in Redis 6.2 or newer. Connects at the first call.
 * @throws MailError `configuration` for an unknown or wrong option
 */
export function redisStore(options: RedisStoreOptions): Store {
  checkOptions("redisStore", options, rules);
  checkUrlOrClient(options);
  const { url, client, prefix = "mail:", timeoutMs = 5_000 } = options;
  const secrets = url === undefined ? [] : checkStoreUrl(url, ["redis", "rediss"], "redis://user:password@host:6379/0");
  const connection = new RedisConnection({ url, client, timeoutMs, secrets });
  return {
    claims: unsureClaims(new RedisClaims(connection, prefix)),
    limits: new RedisLimits(connection, prefix),
    ledger: new RedisLedger(connection, prefix),
    suppressions: new RedisSuppressions(connection, prefix),
    close: () => connection.close(),
  };
}
