/**
 * The queue's ledger in each store: entries added and changed per second, in batches one after the other, and how long
 * counts and lists take among 100,000 entries; medians of interleaved rounds. Run it by
 * `npx node --conditions=@mail/source test/bench/ledger.ts`.
 */
import type { LedgerChange, LedgerStore } from "@mail/core";
import { openStores } from "./open-stores.ts";

const entries = 100_000;
const addedAtOnce = 500;
const rounds = 5;
const sampleMs = 500;
const sentPerSample = 3_000;
const queue = "bench";

const idOf = (n: number): string => `01890000-0000-7000-8000-${String(n).padStart(12, "0")}`;
const samples = new Map<string, number[]>();

function note(what: string, value: number): void {
  const list = samples.get(what) ?? [];
  samples.set(what, list);
  list.push(value);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Half of them with keys, one of ten for tomorrow. */
async function fill(ledger: LedgerStore): Promise<void> {
  const now = Date.now();
  for (let first = 0; first < entries; first += addedAtOnce) {
    const batch = Array.from({ length: addedAtOnce }, (_, n) => {
      const id = idOf(first + n);
      const dueAt = n % 10 === 0 ? now + 86_400_000 : now;
      return { id, priority: 1, dueAt, record: '{"v":1}', ...(n % 2 === 0 && { key: id, keyMs: 86_400_000 }) };
    });
    await ledger.add(queue, batch);
  }
}

function take(id: string): LedgerChange {
  const where = { states: ["queued"], dueBy: Date.now() } as const;
  return { id, where, set: { state: "sending", lease: { owner: "bench", ms: 60_000 }, tries: 1 } };
}

function settle(id: string): LedgerChange {
  const set = { state: "sent", record: '{"v":1,"attempts":[]}', payload: null } as const;
  return { id, where: { states: ["sending"], owner: "bench" }, set };
}

/** Sends from `next` on as a worker does. @returns changes per second */
async function send(ledger: LedgerStore, next: { at: number }, batch: number): Promise<number> {
  const start = performance.now();
  let changes = 0;
  while (performance.now() - start < sampleMs && changes < 2 * sentPerSample) {
    const ids: string[] = [];
    for (; ids.length < batch; next.at++) if (next.at % 10 !== 0) ids.push(idOf(next.at));
    for (const change of [take, settle]) {
      const made = await ledger.change(queue, ids.map(change));
      if (made.includes(undefined)) throw new Error("A change did not hold.");
      changes += made.length;
    }
  }
  return (changes / (performance.now() - start)) * 1_000;
}

await using opened = openStores();
const ledgers = Object.entries(opened.stores).map(([name, { ledger }]) => ({ name, ledger, next: { at: 0 } }));
for (const { name, ledger } of ledgers)
  note(
    `${name} | entries added per second, ${addedAtOnce} at once`,
    (entries / (await timed(() => fill(ledger)))) * 1_000,
  );
for (let round = 0; round < rounds; round++) {
  for (const { name, ledger, next } of ledgers) {
    for (const batch of [1, 10, 100])
      note(`${name} | changes per second, ${batch} at once`, await send(ledger, next, batch));
    note(`${name} | counts, ms`, await timed(() => ledger.counts(queue)));
    for (const state of ["queued", "scheduled", "sent"] as const)
      note(`${name} | list of 100 ${state}, ms`, await timed(() => ledger.list(queue, { state, limit: 100 })));
    const after = idOf(entries - 200);
    note(
      `${name} | last page of 100 queued, ms`,
      await timed(() => ledger.list(queue, { state: "queued", limit: 100, after })),
    );
  }
}
for (const { name, ledger } of ledgers)
  note(`${name} | prune of 1,000, ms`, await timed(() => ledger.prune(queue, ["sent"], 0, 1_000)));

console.log("| store | what | median | min–max |\n| --- | --- | --- | --- |");
for (const [row, list] of [...samples].toSorted(([one], [other]) => (one < other ? -1 : 1))) {
  const sorted = list.toSorted((a, b) => a - b).map((value) => value.toFixed(value < 100 ? 1 : 0));
  console.log(`| ${row} | ${sorted[Math.floor(sorted.length / 2)]} | ${sorted[0]}–${sorted.at(-1)} |`);
}
