import { expect } from "vitest";
import type { TakenJob } from "../job.ts";
import type { EngineCapability } from "./engine-case.fixture.ts";
import { high, idsOf, low, newJob, newJobs, normal } from "./jobs.fixture.ts";
import { sent } from "./test-worker.fixture.ts";

export const taking: EngineCapability = {
  name: "taking",
  cases: [
    {
      name: "a worker is given what was there before it began, and what is added later",
      async run(stage) {
        const engine = await stage.open();
        const before = newJob();
        await engine.add([before]);
        const worker = stage.work(engine);
        expect(await worker.taken.first(({ id }) => id === before.id)).toEqual({
          id: before.id,
          priority: normal,
          createdAt: expect.any(Number),
          tries: 1,
          record: before.record,
          payload: expect.any(Uint8Array),
          interrupted: false,
        });
        const after = newJob();
        await engine.add([after]);
        await worker.taken.first(({ id }) => id === after.id);
        const fromElsewhere = newJob();
        await (await stage.open()).add([fromElsewhere]);
        await worker.taken.first(({ id }) => id === fromElsewhere.id);
        await worker.close();
        expect(worker.taken.items).toHaveLength(3);
      },
    },
    {
      name: "a mail is marked as being sent before it is handed out",
      async run(stage) {
        const engine = await stage.open();
        const other = await stage.open();
        const states: unknown[] = [];
        const worker = stage.work(engine, {
          handle: async ({ id }) => {
            states.push(await engine.find(id), await other.find(id));
            return sent;
          },
        });
        await engine.add([newJob()]);
        await worker.taken.count(1);
        await worker.close();
        expect(states).toEqual([
          expect.objectContaining({ state: "sending", tries: 1 }),
          expect.objectContaining({ state: "sending", tries: 1 }),
        ]);
      },
    },
    {
      name: "no more mails are taken than there are places, and those that wait stay queued",
      async run(stage) {
        const engine = await stage.open();
        await engine.add(newJobs(10));
        const worker = stage.work(engine, { concurrency: 3, handle: "hold" });
        const [first] = await worker.taken.count(3);
        expect((await engine.counts()).states).toMatchObject({ sending: 3, queued: 7 });
        worker.settle(first?.id ?? "");
        await worker.taken.count(4);
        expect((await engine.counts()).states).toMatchObject({ sending: 3, queued: 6, sent: 1 });
        for (let next = 1; next < 10; next++) {
          worker.settle((await worker.taken.count(next + 1))[next]?.id ?? "");
        }
        await worker.close();
        expect(worker.mostAtOnce).toBe(3);
        expect((await engine.counts()).states.sent).toBe(10);
      },
    },
    {
      name: "mails go by priority, then by the time when they are due, then by id",
      async run(stage) {
        if (stage.subject.strictOrder !== true) return;
        const engine = await stage.open();
        const now = Date.now();
        const jobs = [low, normal, high].flatMap((priority) =>
          [now, now - 1000, now - 2000].flatMap((dueAt) => newJobs(3, { priority, dueAt })),
        );
        await engine.add(jobs);
        const worker = stage.work(engine);
        const taken = await worker.taken.count(27);
        const compare = (a: (typeof jobs)[number], b: (typeof jobs)[number]) =>
          a.priority - b.priority || a.dueAt - b.dueAt || (a.id < b.id ? -1 : 1);
        expect(taken.map(({ id }) => id)).toEqual(jobs.sort(compare).map(({ id }) => id));
      },
    },
    {
      name: "a mail of high priority overtakes a campaign of low ones",
      async run(stage) {
        const engine = await stage.open();
        const campaign = newJobs(500, { priority: low });
        const password = newJob({ priority: high });
        await engine.add(campaign);
        const worker = stage.work(engine, { concurrency: 2, handle: "hold" });
        let next = 0;
        const sendOne = async () => worker.settle((await worker.taken.count(next + 1))[next++]?.id ?? "");
        for (let count = 0; count < 20; count++) await sendOne();
        await engine.add([password]);
        while (!worker.taken.items.some(({ id }) => id === password.id)) await sendOne();
        // At its place are those that were in hand already, and where a broker is between, what it had handed over.
        expect(worker.taken.items.length).toBeLessThan(stage.subject.strictOrder ? 26 : 250);
      },
    },
    {
      name: "a mail is not handed out before it is due, and then it is",
      async run(stage) {
        const engine = await stage.open();
        const takenAt = new Map<string, number>();
        const handle = ({ id }: TakenJob) => {
          takenAt.set(id, Date.now());
          return sent;
        };
        const worker = stage.work(engine, { concurrency: 5, handle });
        const dueAt = Date.now() + 2 * stage.leaseMs;
        const jobs = [newJob({ dueAt }), newJob({ dueAt: dueAt - stage.leaseMs }), newJob()];
        await engine.add(jobs);
        await worker.taken.count(3);
        await worker.close();
        expect(idsOf(worker.taken.items)).toEqual(idsOf(jobs));
        for (const job of jobs) expect(takenAt.get(job.id)).toBeGreaterThanOrEqual(job.dueAt);
      },
    },
    {
      name: "a mail that was due long ago goes at once",
      async run(stage) {
        const engine = await stage.open();
        const jobs = [newJob({ dueAt: 0 }), newJob({ dueAt: Date.now() - 90 * 86_400_000 })];
        await engine.add(jobs);
        const worker = stage.work(engine);
        expect(idsOf(await worker.taken.count(2))).toEqual(idsOf(jobs));
      },
    },
  ],
};
