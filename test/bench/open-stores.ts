import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { memoryStore, type Store } from "@mail/core";
import { postgresStore } from "@mail/store/postgres";
import { redisStore } from "@mail/store/redis";
import { sqliteStore } from "@mail/store/sqlite";
import { Redis } from "ioredis";
import { Client } from "pg";

export interface OpenStores extends AsyncDisposable {
  readonly stores: Readonly<Record<string, Store>>;
}

const redisUrl = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379";
const postgresUrl = process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/test";

/** One store of each kind, empty, gone when disposed. Needs Redis and PostgreSQL (`REDIS_URL`, `DATABASE_URL`). */
export function openStores(): OpenStores {
  const name = `mail_bench_${randomUUID().replaceAll("-", "")}`;
  // Beside this file, as /tmp may be memory.
  const folder = mkdtempSync(join(import.meta.dirname, "store-"));
  const timeoutMs = 60_000;
  const stores = {
    memory: memoryStore(),
    sqlite: sqliteStore({ file: join(folder, "mail.db"), timeoutMs }),
    redis: redisStore({ url: redisUrl, prefix: `${name}:`, timeoutMs }),
    postgres: postgresStore({ url: postgresUrl, schema: name, timeoutMs }),
  };
  return {
    stores,
    async [Symbol.asyncDispose]() {
      for (const store of Object.values(stores)) await store.close();
      rmSync(folder, { recursive: true });
      const client = new Client(postgresUrl);
      await client.connect();
      await client.query(`DROP SCHEMA IF EXISTS ${name} CASCADE`);
      await client.end();
      const redis = new Redis(redisUrl);
      for await (const keys of redis.scanStream({ match: `${name}:*`, count: 10_000 }))
        if (keys.length > 0) await redis.unlink(keys);
      redis.disconnect();
    },
  };
}
