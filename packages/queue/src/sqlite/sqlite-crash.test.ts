import { expect, test } from "vitest";
import { ChildEngine } from "../engine-suite/child-engine.fixture.ts";
import { idsOf, newJobs } from "../engine-suite/jobs.fixture.ts";
import { TestWorker } from "../engine-suite/test-worker.fixture.ts";
import { SqliteFolder } from "./sqlite-folder.fixture.ts";

const module = import.meta.resolve("./sqlite-subject.fixture.ts");

/** Numbers from 0 to 1, the same in each run. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

test.each([1, 2, 3])(
  "processes that are killed while they add and send lose and double nothing (seed %i)",
  { timeout: 60_000 },
  async (seed) => {
    await using folder = await SqliteFolder.make();
    const chance = numbers(seed);
    const [producer, worker] = [new ChildEngine(module, folder.path), new ChildEngine(module, folder.path)];
    await Promise.all([producer.ready(), worker.ready()]);
    worker.work(2000, { concurrency: 8, hold: false });
    for (let call = 0; call < 60; call++) producer.add(newJobs(10));
    await producer.added.count(5 + Math.floor(chance.next().value * 40));
    await producer.kill();
    await worker.taken.count(10 + Math.floor(chance.next().value * 40));
    await worker.kill();

    const engine = folder.open();
    const confirmed = producer.added.items.flat();
    const rest = new TestWorker(engine, { concurrency: 20, leaseMs: 2000 });
    await expect
      .poll(async () => (await engine.counts()).states, { timeout: 30_000 })
      .toMatchObject({ queued: 0, sending: 0 });
    await rest.close();
    const again = idsOf(rest.taken.items);
    const before = idsOf(worker.taken.items);
    expect(new Set([...before, ...again])).toEqual(new Set([...before, ...again, ...confirmed]));
    expect(again).toEqual([...new Set(again)]);
    expect(before).toEqual([...new Set(before)]);
    // Only those that were in hand at that moment go to somebody twice, and are known for it.
    const twice = again.filter((id) => before.includes(id));
    const interrupted = rest.taken.items.filter((job) => job.interrupted);
    expect(interrupted.length).toBeLessThanOrEqual(8);
    expect(idsOf(interrupted)).toEqual(expect.arrayContaining(twice));
  },
);
