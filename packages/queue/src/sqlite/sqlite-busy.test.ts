import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { newJob } from "../engine-suite/jobs.fixture.ts";
import { TestWorker } from "../engine-suite/test-worker.fixture.ts";
import { SqliteFolder } from "./sqlite-folder.fixture.ts";

/** Another process that writes, and does not come to an end. */
function holdLock(file: string): Disposable {
  const database = new DatabaseSync(file, { timeout: 10_000 });
  database.exec("BEGIN IMMEDIATE");
  return { [Symbol.dispose]: () => database.close() };
}

describe("a file that another process holds", () => {
  test("is waited for as long as was said, and adding fails as `unavailable`; reading goes on", async () => {
    await using folder = await SqliteFolder.make();
    const engine = folder.open({ busyTimeoutMs: 100 });
    const job = newJob();
    await engine.add([job]);
    const lock = holdLock(folder.file);
    await expect(engine.add([newJob()])).rejects.toMatchObject({
      code: "unavailable",
      retryable: true,
      delivery: "not_sent",
      hint: expect.stringContaining("busyTimeoutMs"),
    });
    expect(await engine.find(job.id)).toMatchObject({ state: "queued" });
    lock[Symbol.dispose]();
    await engine.add([newJob()]);
    expect((await engine.counts()).states.queued).toBe(2);
  });

  test("is waited for without the event loop standing still", async () => {
    await using folder = await SqliteFolder.make();
    const engine = folder.open();
    await engine.add([newJob()]);
    const lock = holdLock(folder.file);
    const added = engine.add([newJob()]);
    // Turns of the event loop while the database thread waits.
    for (let turn = 0; turn < 20; turn++) await wait(1);
    lock[Symbol.dispose]();
    expect(await added).toMatchObject([{ duplicate: false }]);
  });

  test("delays a settlement, which is recorded when the file is free", async () => {
    await using folder = await SqliteFolder.make();
    const engine = folder.open({ busyTimeoutMs: 20 });
    const job = newJob();
    await engine.add([job]);
    const worker = new TestWorker(engine, { handle: "hold", leaseMs: 60_000 });
    await worker.taken.count(1);
    const lock = holdLock(folder.file);
    worker.settle(job.id, { state: "sent", record: "sent while the file was held" });
    await worker.errors.count(2);
    expect(await engine.find(job.id)).toMatchObject({ state: "sending" });
    lock[Symbol.dispose]();
    await worker.close();
    expect(await engine.find(job.id)).toMatchObject({ state: "sent", record: "sent while the file was held" });
  });
});
