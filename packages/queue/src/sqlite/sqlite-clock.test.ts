import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { newJob } from "../engine-suite/jobs.fixture.ts";
import { TestWorker } from "../engine-suite/test-worker.fixture.ts";
import { SqliteFolder } from "./sqlite-folder.fixture.ts";

const hourMs = 3_600_000;
/** So long that it is renewed in time also where the machine or its disk stands still for some seconds. */
const steadyLeaseMs = 4_000;
const shortLeaseMs = 600;

/** Milliseconds that the host's clock is ahead, for all engines that share it. */
const makeClock = () => new Float64Array(new SharedArrayBuffer(8));

test.each([
  ["forward", hourMs],
  ["back", -hourMs],
])("a mail in hand stays with its worker when the clock jumps %s", async (_, jumpMs) => {
  await using folder = await SqliteFolder.make();
  const clockOffset = makeClock();
  const [engine, other] = [folder.open({}, { clockOffset }), folder.open({}, { clockOffset })];
  const job = newJob();
  await engine.add([job]);
  const worker = new TestWorker(engine, { handle: "hold", leaseMs: steadyLeaseMs });
  await worker.taken.count(1);
  const idle = new TestWorker(other, { leaseMs: steadyLeaseMs, concurrency: 5 });
  const first = newJob();
  await engine.add([first]);
  await idle.taken.count(1);
  clockOffset[0] = jumpMs;
  const bell = newJob({ dueAt: Date.now() + jumpMs + 2 * steadyLeaseMs });
  await engine.add([bell]);
  await idle.taken.first(({ id }) => id === bell.id);
  expect(idle.taken.items.map(({ id }) => id)).toEqual([first.id, bell.id]);
  worker.settle(job.id);
  await worker.close();
  expect(await other.find(job.id)).toMatchObject({ state: "sent", tries: 1 });
  expect(worker.errors.items).toEqual([]);
});

test.each([
  ["forward", hourMs],
  ["back", -hourMs],
])("a mail whose worker is gone is handed on soon after the clock jumped %s", async (_, jumpMs) => {
  await using folder = await SqliteFolder.make();
  const clockOffset = makeClock();
  const gone = folder.open({}, { clockOffset });
  const job = newJob();
  await gone.add([job]);
  const holder = new TestWorker(gone, { handle: "hold", leaseMs: 2_000_000_000 });
  await holder.taken.count(1);
  const engine = folder.open({}, { clockOffset });
  const worker = new TestWorker(engine, { leaseMs: shortLeaseMs });
  const first = newJob();
  await engine.add([first]);
  await worker.taken.count(1);
  clockOffset[0] = jumpMs;
  // As if it had been taken for a short while and its worker had died: it is never renewed.
  const database = new DatabaseSync(folder.file, { timeout: 5000 });
  database.exec(
    `UPDATE mail SET lease_ms = ${shortLeaseMs}, leased_until = ${Date.now() + shortLeaseMs} WHERE state = 'sending'`,
  );
  database.close();
  expect(await worker.taken.first(({ id }) => id === job.id)).toMatchObject({ interrupted: true });
  holder.letGo();
});

test("a mail that was due goes at once when the clock is set back, one for later waits for its time", async () => {
  await using folder = await SqliteFolder.make();
  const clockOffset = makeClock();
  const engine = folder.open({}, { clockOffset });
  clockOffset[0] = hourMs;
  const now = Date.now() + hourMs;
  const [due, again, later] = [newJob({ dueAt: now }), newJob({ dueAt: now - 1 }), newJob({ dueAt: now + hourMs })];
  await engine.add([again]);
  const first = new TestWorker(engine, {
    handle: () => ({ state: "queued", record: "try again", dueAt: now + 60_000, isTry: true }),
  });
  await first.taken.count(1);
  await first.close();
  await engine.add([due, later]);
  clockOffset[0] = 0;
  const worker = new TestWorker(engine, { concurrency: 3 });
  const taken = await worker.taken.count(2);
  await worker.close();
  expect(taken.map(({ id }) => id).sort()).toEqual([due.id, again.id].sort());
  expect(await engine.find(later.id)).toMatchObject({ state: "scheduled", dueAt: now + hourMs });
});

test("the same holds in a process that was started after the clock was set back", async () => {
  await using folder = await SqliteFolder.make();
  const clockOffset = makeClock();
  clockOffset[0] = hourMs;
  const before = folder.open({}, { clockOffset });
  const job = newJob({ dueAt: Date.now() + hourMs - 1 });
  await before.add([job]);
  await before.close();
  const worker = new TestWorker(folder.open(), {});
  expect(await worker.taken.count(1)).toMatchObject([{ id: job.id, tries: 1 }]);
});
