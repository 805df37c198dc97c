import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { newJob, newJobs } from "../engine-suite/jobs.fixture.ts";
import { TestWorker } from "../engine-suite/test-worker.fixture.ts";
import type { JobState } from "../job.ts";
import type { SqliteEngine } from "./sqlite-engine.ts";
import { SqliteFolder } from "./sqlite-folder.fixture.ts";

const dayMs = 86_400_000;
const makeClock = () => new Float64Array(new SharedArrayBuffer(8));

/** Adds until what is asked for is so: mails are forgotten as part of other writing. */
async function until(engine: SqliteEngine, isSo: () => Promise<boolean>): Promise<void> {
  await expect
    .poll(async () => {
      await engine.add([newJob({ dueAt: Date.now() + 1000 * dayMs })]);
      return await isSo();
    })
    .toBe(true);
}

test("settled mails are forgotten when their time is over, those that wait or are being sent never", async () => {
  await using folder = await SqliteFolder.make();
  const clockOffset = makeClock();
  const engine = folder.open({}, { clockOffset, sweepEveryMs: 30 });
  const states = ["sent", "cancelled", "dead", "unknown"] as const;
  const jobs = states.map((state) => newJob({ record: state }));
  await engine.add(jobs);
  const settling = new TestWorker(engine, {
    concurrency: 4,
    handle: ({ record }) => ({ state: record as "sent", record }),
  });
  await settling.taken.count(4);
  await settling.close();
  const held = newJob();
  await engine.add([held]);
  const holder = new TestWorker(engine, { handle: "hold", leaseMs: 60_000 });
  await holder.taken.count(1);
  const waiting = newJob();
  await engine.add([waiting]);
  const found = async () => Promise.all(jobs.map(async ({ id }) => (await engine.find(id))?.state));
  const gone = async (...left: (JobState | undefined)[]) => expect(await found()).toEqual(left);

  clockOffset[0] = 6 * dayMs;
  await engine.add([newJob()]);
  await gone("sent", "cancelled", "dead", "unknown");
  clockOffset[0] = 8 * dayMs;
  await until(engine, async () => (await found())[0] === undefined);
  await gone(undefined, undefined, "dead", "unknown");
  expect(await engine.payload(jobs[2]?.id ?? "")).toBeDefined();
  clockOffset[0] = 31 * dayMs;
  await until(engine, async () => (await found())[2] === undefined);
  await gone(undefined, undefined, undefined, undefined);
  expect(await engine.find(held.id)).toMatchObject({ state: "sending" });
  expect(await engine.find(waiting.id)).toMatchObject({ state: "queued" });
  holder.letGo();
});

test("thousands are forgotten a few at a time", async () => {
  await using folder = await SqliteFolder.make();
  const clockOffset = makeClock();
  const engine = folder.open({ keepMs: 1000 }, { clockOffset, sweepEveryMs: 30 });
  const jobs = newJobs(1700);
  await engine.add(jobs);
  const worker = new TestWorker(engine, { concurrency: 100 });
  await worker.taken.count(1700);
  await worker.close();
  clockOffset[0] = 10_000;
  await until(engine, async () => (await engine.counts()).states.sent === 0);
  expect(await engine.list({ state: "sent", limit: 10 })).toEqual([]);
});

test("keys are forgotten when their time is over", async () => {
  await using folder = await SqliteFolder.make();
  const clockOffset = makeClock();
  const engine = folder.open({}, { clockOffset, sweepEveryMs: 30 });
  await engine.add([newJob({ key: "short", keyMs: 1000 }), newJob({ key: "long", keyMs: 365 * dayMs })]);
  clockOffset[0] = 60 * dayMs;
  using database = new DatabaseSync(folder.file);
  const kept = () =>
    database
      .prepare("SELECT key FROM mail_key ORDER BY key")
      .all()
      .map(({ key }) => key);
  await until(engine, async () => kept().length === 1);
  expect(kept()).toEqual(["long"]);
});
