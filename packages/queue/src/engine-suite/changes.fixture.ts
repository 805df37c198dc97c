import { expect } from "vitest";
import type { JobState } from "../job.ts";
import type { QueueEngine } from "../queue-engine.ts";
import type { EngineCapability, EngineCase } from "./engine-case.fixture.ts";
import { idsOf, jobId, newJob } from "./jobs.fixture.ts";
import { sameBytes } from "./same-bytes.fixture.ts";
import type { Stage } from "./stage.fixture.ts";

const cancel = (engine: QueueEngine, id: string) =>
  engine.change(id, { from: ["queued", "scheduled"], to: "cancelled", record: (before) => `${before}, cancelled` });

const replay = (engine: QueueEngine, id: string) =>
  engine.change(id, { from: ["dead", "unknown"], to: "queued", record: (before) => `${before}, again` });

/** A mail that a worker has left in a state. */
async function settledJob(stage: Stage, engine: QueueEngine, state: "sent" | "dead" | "unknown") {
  const job = newJob({ record: "first" });
  await engine.add([job]);
  const worker = stage.work(engine, { handle: () => ({ state, record: "settled" }) });
  await worker.taken.count(1);
  await worker.close();
  return job;
}

const replays = (["dead", "unknown"] as const).map(
  (state): EngineCase => ({
    name: `a mail that is ${state} is sent when it is taken up again`,
    async run(stage) {
      const engine = await stage.open();
      const job = await settledJob(stage, engine, state);
      expect(await replay(engine, job.id)).toBe(true);
      const worker = stage.work(engine);
      const [taken] = await worker.taken.count(1);
      await worker.close();
      expect(taken).toMatchObject({ id: job.id, record: "settled, again", tries: 2, interrupted: false });
      expect(sameBytes(taken?.payload, job.payload)).toBe(true);
      expect(await engine.find(job.id)).toMatchObject({ state: "sent", tries: 2 });
      expect(await replay(engine, job.id)).toBe(false);
    },
  }),
);

export const changes: EngineCapability = {
  name: "changes from outside",
  cases: [
    {
      name: "a queued or scheduled mail that is cancelled is never handed out",
      async run(stage) {
        const engine = await stage.open();
        const dueAt = Date.now() + stage.leaseMs;
        const [queued, scheduled, bell] = [newJob(), newJob({ dueAt }), newJob({ dueAt: dueAt + 100 })];
        await engine.add([queued, scheduled, bell]);
        expect(await cancel(engine, queued.id)).toBe(true);
        expect(await cancel(await stage.open(), scheduled.id)).toBe(true);
        expect(await cancel(engine, queued.id)).toBe(false);
        const worker = stage.work(engine, { concurrency: 5 });
        await worker.taken.first(({ id }) => id === bell.id);
        await worker.close();
        expect(worker.taken.items.map(({ id }) => id)).toEqual([bell.id]);
        const record = `${queued.record}, cancelled`;
        expect(await engine.find(queued.id)).toMatchObject({ state: "cancelled", record, tries: 0 });
        expect(await engine.payload(queued.id)).toBeUndefined();
      },
    },
    {
      name: "a mail that is in another state than asked for stays as it is",
      async run(stage) {
        const engine = await stage.open();
        const job = newJob();
        await engine.add([job]);
        const before = await engine.find(job.id);
        const states: JobState[] = ["scheduled", "sending", "sent", "unknown", "dead", "cancelled"];
        expect(await engine.change(job.id, { from: states, to: "sent", record: () => "no" })).toBe(false);
        expect(await engine.change(jobId(), { from: ["queued"], to: "sent", record: () => "no" })).toBe(false);
        expect(await engine.find(job.id)).toEqual(before);
      },
    },
    {
      name: "a mail that is being sent cannot be cancelled",
      async run(stage) {
        const engine = await stage.open();
        const job = newJob();
        await engine.add([job]);
        const worker = stage.work(engine, { handle: "hold" });
        await worker.taken.count(1);
        expect(await cancel(engine, job.id)).toBe(false);
        worker.settle(job.id);
        await worker.close();
        expect(await engine.find(job.id)).toMatchObject({ state: "sent" });
      },
    },
    ...replays,
    {
      name: "a mail that two people take up again at once is sent once",
      async run(stage) {
        const [engine, other] = [await stage.open(), await stage.open()];
        const job = await settledJob(stage, engine, "dead");
        const results = await Promise.all([replay(engine, job.id), replay(other, job.id)]);
        expect(results.sort()).toEqual([false, true]);
        const worker = stage.work(engine, { concurrency: 2 });
        const bell = newJob({ dueAt: Date.now() + stage.leaseMs });
        await engine.add([bell]);
        await worker.taken.first(({ id }) => id === bell.id);
        expect(idsOf(worker.taken.items)).toEqual(idsOf([job, bell]));
      },
    },
    {
      name: "a mail can be taken up again as often as it is given up",
      async run(stage) {
        const engine = await stage.open();
        const job = await settledJob(stage, engine, "dead");
        for (let again = 2; again <= 4; again++) {
          expect(await replay(engine, job.id)).toBe(true);
          const worker = stage.work(engine, { handle: () => ({ state: "dead", record: `given up ${again}` }) });
          expect(await worker.taken.count(1)).toMatchObject([{ id: job.id, tries: again }]);
          await worker.close();
          expect(await engine.find(job.id)).toMatchObject({ state: "dead", record: `given up ${again}` });
        }
      },
    },
    {
      name: "an unknown mail that turns out to have arrived is settled as sent, and lets go of its payload",
      async run(stage) {
        const engine = await stage.open();
        const job = await settledJob(stage, engine, "unknown");
        const record = (before: string) => `${before}, delivered`;
        expect(await engine.change(job.id, { from: ["unknown"], to: "sent", record })).toBe(true);
        expect(await engine.find(job.id)).toMatchObject({ state: "sent", record: "settled, delivered", tries: 1 });
        expect(await engine.payload(job.id)).toBeUndefined();
        expect(await replay(engine, job.id)).toBe(false);
      },
    },
  ],
};
