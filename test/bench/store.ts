/**
 * Claims and takes per second for each store, one after the other and 50 at a time, on one key each and on many: medians
 * of interleaved rounds. Needs Redis and PostgreSQL (`REDIS_URL`, `DATABASE_URL`); run it by
 * `npx node --conditions=@mail/source test/bench/store.ts`. What it leaves in Redis is gone a minute later.
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { memoryStore, type Store } from "@mail/core";
import { postgresStore } from "@mail/store/postgres";
import { redisStore } from "@mail/store/redis";
import { sqliteStore } from "@mail/store/sqlite";
import { Client } from "pg";

const rounds = 7;
const sampleMs = 250;
const atOnce = 50;

const redisUrl = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379";
const postgresUrl = process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/test";
const name = `mail_bench_${randomUUID().replaceAll("-", "")}`;
// Beside this file, as /tmp may be memory.
const folder = mkdtempSync(join(import.meta.dirname, "store-"));

const stores: Readonly<Record<string, Store>> = {
  memory: memoryStore(),
  sqlite: sqliteStore({ file: join(folder, "mail.db") }),
  redis: redisStore({ url: redisUrl, prefix: `${name}:` }),
  postgres: postgresStore({ url: postgresUrl, schema: name }),
};

const claim = { owner: "bench", note: "", leaseMs: 60_000, keepMs: 60_000 };
const limit = { max: 1_000_000, perMs: 60_000 };
const work: Readonly<Record<string, (store: Store) => Promise<unknown>>> = {
  "claim and settle": async ({ claims }) => {
    const key = randomUUID();
    await claims.claim(key, claim);
    await claims.settle(key, "bench", "done", 60_000);
  },
  "take, one key": ({ limits }) => limits.take("one", limit, 1),
  "take, own keys": ({ limits }) => limits.take(randomUUID(), limit, 1),
};

/** @returns how many per second */
async function speed(store: Store, once: (store: Store) => Promise<unknown>, concurrency: number): Promise<number> {
  const start = performance.now();
  let done = 0;
  const worker = async (): Promise<void> => {
    for (; performance.now() - start < sampleMs; done++) await once(store);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return (done / (performance.now() - start)) * 1_000;
}

const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;

try {
  const samples = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round++) {
    for (const [storeName, store] of Object.entries(stores)) {
      for (const [what, once] of Object.entries(work)) {
        for (const concurrency of [1, atOnce]) {
          const perSecond = await speed(store, once, concurrency);
          const list = samples.get(`${storeName} | ${what} | ${concurrency}`) ?? [];
          samples.set(`${storeName} | ${what} | ${concurrency}`, list);
          if (round > 0) list.push(perSecond);
        }
      }
    }
  }
  console.log("| store | what | at once | per second, median | min–max |\n| --- | --- | --- | --- | --- |");
  for (const [row, list] of samples) {
    const [low, middle, high] = [Math.min(...list), median(list), Math.max(...list)].map((value) => value.toFixed(0));
    console.log(`| ${row} | ${middle} | ${low}–${high} |`);
  }
} finally {
  for (const store of Object.values(stores)) await store.close();
  rmSync(folder, { recursive: true });
  const client = new Client(postgresUrl);
  await client.connect();
  await client.query(`DROP SCHEMA IF EXISTS ${name} CASCADE`);
  await client.end();
}
