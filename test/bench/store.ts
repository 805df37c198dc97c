/**
 * Claims and takes per second for each store, one after the other and 50 at a time, on one key each and on many: medians
 * of interleaved rounds. Needs Redis and PostgreSQL (`REDIS_URL`, `DATABASE_URL`); run it by
 * `npx node --conditions=@mail/source test/bench/store.ts`.
 */
import { randomUUID } from "node:crypto";
import type { Store } from "@mail/core";
import { openStores } from "./open-stores.ts";

const rounds = 7;
const sampleMs = 250;
const atOnce = 50;

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

await using opened = openStores();
const samples = new Map<string, number[]>();
for (let round = 0; round <= rounds; round++) {
  for (const [storeName, store] of Object.entries(opened.stores)) {
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
