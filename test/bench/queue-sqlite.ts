/**
 * The SQLite engine beside node:sqlite that writes the same rows without a thread, a promise or a check: mails kept a
 * second in batches of 500, and one by one with 50 at a time; mails taken and settled a second, 50 at once; and how long
 * a mail of high priority waits behind 100,000 low ones. Medians of `ROUNDS` (3) rounds of `MAILS` (10,000) mails.
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { NewJob, QueueEngine } from "@mail/queue";
import { sqlite } from "@mail/queue/sqlite";

const mails = Number(process.env["MAILS"] ?? 10_000);
const rounds = Number(process.env["ROUNDS"] ?? 3);
const payload = new Uint8Array(2_000).fill(120);
const record = JSON.stringify({
  v: 1,
  attempts: [],
  blobs: [],
  subject: "Your order is on its way",
  to: ["ada@example.com"],
});
const folder = mkdtempSync(join(tmpdir(), "mail-bench-"));

function newJob(priority = 1): NewJob {
  const time = Date.now().toString(16).padStart(12, "0");
  const id = `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
  return { id, keyMs: 0, priority, dueAt: Date.now(), payload, record };
}

const jobsOf = (count: number, priority?: number) => Array.from({ length: count }, () => newJob(priority));

/** Works until `count` mails are settled. */
async function drain(engine: QueueEngine, count: number, concurrency: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let left = count;
  const recorded = () => {
    left -= 1;
    if (left === 0) resolve();
  };
  const worker = engine.work({
    concurrency,
    leaseMs: 30_000,
    onError: reject,
    handle: async (job) => ({ state: "sent", record: job.record, recorded }),
  });
  await promise;
  await worker.close();
}

/** The same rows, written at once. */
function bare(file: string) {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec("PRAGMA synchronous = FULL");
  const mail = database.prepare(
    "INSERT INTO mail (id, state, priority, due_at, created_at, changed_at, tries, record) VALUES (?, 'queued', ?, ?, ?, ?, 0, ?)",
  );
  const body = database.prepare("INSERT INTO payload (seq, body) VALUES (?, ?)");
  const waiting = database.prepare(
    "SELECT seq FROM mail WHERE state = 'queued' AND priority = 1 AND due_at <= ? ORDER BY due_at, id LIMIT 50",
  );
  const take = database.prepare(
    "UPDATE mail SET state = 'sending', owner = 'bare', leased_until = ?, lease_ms = 30000, tries = tries + 1, changed_at = ? WHERE seq = ? RETURNING id, priority, created_at, tries, record",
  );
  const read = database.prepare("SELECT body FROM payload WHERE seq = ?");
  const settle = database.prepare(
    "UPDATE mail SET state = 'sent', record = ?, changed_at = ?, owner = NULL, leased_until = NULL, lease_ms = NULL WHERE seq = ?",
  );
  const drop = database.prepare("DELETE FROM payload WHERE seq = ?");
  const transaction = (work: () => void) => {
    database.exec("BEGIN IMMEDIATE");
    work();
    database.exec("COMMIT");
  };
  return {
    add: (jobs: readonly NewJob[]) =>
      transaction(() => {
        for (const { id, priority, dueAt, record, payload } of jobs) {
          const { lastInsertRowid } = mail.run(id, priority, dueAt, Date.now(), Date.now(), record);
          body.run(lastInsertRowid, payload);
        }
      }),
    drain() {
      let held: number[] = [];
      do {
        transaction(() => {
          for (const seq of held) {
            settle.run(record, Date.now(), seq);
            drop.run(seq);
          }
          held = waiting.all(Date.now()).map(({ seq }) => Number(seq));
          for (const seq of held) {
            take.get(Date.now() + 30_000, Date.now(), seq);
            read.get(seq);
          }
        });
      } while (held.length > 0);
    },
    close: () => database.close(),
  };
}

type Samples = Map<string, number[]>;
const engineRates: Samples = new Map();
const bareRates: Samples = new Map();

async function timed(samples: Samples, name: string, work: () => unknown): Promise<void> {
  const start = performance.now();
  await work();
  samples.set(name, [...(samples.get(name) ?? []), (mails * 1_000) / (performance.now() - start)]);
}

async function measureEngine(file: string): Promise<void> {
  await using engine = closing(sqlite({ file }));
  await engine.add(jobsOf(100));
  await drain(engine, 100, 50);
  const batches = Array.from({ length: mails / 500 }, () => jobsOf(500));
  await timed(engineRates, "kept, batches of 500", async () => {
    for (const batch of batches) await engine.add(batch);
  });
  await timed(engineRates, "taken and settled, 50 at once", () => drain(engine, mails, 50));
  const singles = jobsOf(mails);
  await timed(engineRates, "kept one by one, 50 at a time", async () => {
    const next = async () => {
      for (let job = singles.pop(); job !== undefined; job = singles.pop()) await engine.add([job]);
    };
    await Promise.all(Array.from({ length: 50 }, next));
  });
}

async function measureBare(file: string): Promise<void> {
  const engine = sqlite({ file });
  await engine.counts();
  await engine.close();
  const rival = bare(file);
  rival.add(jobsOf(100));
  rival.drain();
  const batches = Array.from({ length: mails / 500 }, () => jobsOf(500));
  await timed(bareRates, "kept, batches of 500", () => batches.forEach(rival.add));
  await timed(bareRates, "taken and settled, 50 at once", rival.drain);
  const fifties = Array.from({ length: mails / 50 }, () => jobsOf(50));
  await timed(bareRates, "kept one by one, 50 at a time", () => fifties.forEach(rival.add));
  rival.close();
}

/** Milliseconds from adding a mail of high priority to having it in hand, while 50 at once send 100,000 low ones. */
async function overtakingMs(file: string): Promise<number> {
  await using engine = closing(sqlite({ file }));
  for (let batch = 0; batch < 200; batch++) await engine.add(jobsOf(500, 2));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let start = 0;
  let handled = 0;
  const worker = engine.work({
    concurrency: 50,
    leaseMs: 30_000,
    onError: reject,
    handle: async (job) => {
      handled += 1;
      if (handled === 1_000) {
        start = performance.now();
        void engine.add([newJob(0)]);
      }
      if (job.priority === 0) resolve(performance.now() - start);
      return { state: "sent", record: job.record };
    },
  });
  const waited = await promise;
  await worker.close();
  return waited;
}

function closing(engine: QueueEngine): QueueEngine & AsyncDisposable {
  return Object.assign(engine, { [Symbol.asyncDispose]: () => engine.close() });
}

const median = (list: readonly number[] = []): number =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;

try {
  for (let round = 0; round < rounds; round++) {
    await measureEngine(join(folder, `engine-${round}.db`));
    await measureBare(join(folder, `bare-${round}.db`));
  }
  console.log("| a second | sqlite | node:sqlite alone | of alone |\n| --- | ---: | ---: | ---: |");
  for (const [name, rates] of engineRates) {
    const [ours, alone] = [median(rates), median(bareRates.get(name))];
    console.log(`| ${name} | ${Math.round(ours)} | ${Math.round(alone)} | ${(ours / alone).toFixed(2)} |`);
  }
  console.log(
    `\nA mail of high priority overtakes 100,000 in ${Math.round(await overtakingMs(join(folder, "overtaking.db")))} ms.`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
