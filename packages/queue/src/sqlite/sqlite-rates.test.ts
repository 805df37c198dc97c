import { expect, test } from "vitest";
import { newJobs } from "../engine-suite/jobs.fixture.ts";
import { TestWorker } from "../engine-suite/test-worker.fixture.ts";
import { SqliteFolder } from "./sqlite-folder.fixture.ts";

test("what happened in the last minute is known in every process, and forgotten after a minute", async () => {
  await using folder = await SqliteFolder.make();
  const clockOffset = new Float64Array(new SharedArrayBuffer(8));
  const [engine, other] = [folder.open({}, { clockOffset }), folder.open({}, { clockOffset })];
  await engine.add(newJobs(30));
  const worker = new TestWorker(engine, {
    concurrency: 5,
    handle: ({ id }) => ({ state: Number.parseInt(id.at(-1) ?? "", 16) < 8 ? "sent" : "dead", record: "" }),
  });
  await worker.taken.count(30);
  await worker.close();
  const { states, lastMinute } = await engine.counts();
  expect(lastMinute).toEqual({ added: 30, sent: states.sent, dead: states.dead });
  await expect.poll(async () => (await other.counts()).lastMinute).toEqual(lastMinute);
  clockOffset[0] = 61_000;
  expect((await engine.counts()).lastMinute).toEqual({ added: 0, sent: 0, dead: 0 });
  expect((await other.counts()).lastMinute).toEqual({ added: 0, sent: 0, dead: 0 });
});

test("what happened just before an engine was closed is not lost", async () => {
  await using folder = await SqliteFolder.make();
  const engine = folder.open();
  await engine.add(newJobs(3));
  await engine.close();
  expect((await folder.open().counts()).lastMinute.added).toBe(3);
});
