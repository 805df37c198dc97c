import { expect } from "vitest";
import type { EngineCapability } from "./engine-case.fixture.ts";
import { high, idsOf, jobId, newJob, newJobs } from "./jobs.fixture.ts";

export const adding: EngineCapability = {
  name: "adding",
  cases: [
    {
      name: "a mail that was added is found as it is",
      async run(stage) {
        const engine = await stage.open();
        const before = Date.now();
        const job = newJob({ priority: high, record: 'Zoë said: "naïve 👩‍🔬"\n{}' });
        expect(await engine.add([job])).toEqual([{ id: job.id, duplicate: false }]);
        const found = await engine.find(job.id);
        expect(found).toEqual({
          id: job.id,
          state: "queued",
          priority: high,
          dueAt: job.dueAt,
          createdAt: expect.any(Number),
          changedAt: expect.any(Number),
          tries: 0,
          record: job.record,
        });
        // Clocks of other machines, and those of databases with whole seconds, may be a little off.
        expect(Math.abs((found?.createdAt ?? 0) - before)).toBeLessThan(60_000);
      },
    },
    {
      name: "many mails are added at once, each under its own id",
      async run(stage) {
        const engine = await stage.open();
        const jobs = newJobs(250);
        expect(await engine.add(jobs)).toEqual(jobs.map(({ id }) => ({ id, duplicate: false })));
        expect((await engine.counts()).states.queued).toBe(250);
      },
    },
    {
      name: "adding no mail at all does nothing",
      async run(stage) {
        const engine = await stage.open();
        expect(await engine.add([])).toEqual([]);
        expect((await engine.counts()).states.queued).toBe(0);
      },
    },
    {
      name: "a mail for later is scheduled",
      async run(stage) {
        const engine = await stage.open();
        const job = newJob({ dueAt: Date.now() + 3_600_000 });
        await engine.add([job]);
        expect(await engine.find(job.id)).toMatchObject({ state: "scheduled", dueAt: job.dueAt, tries: 0 });
      },
    },
    {
      name: "an id that was never added is not found",
      async run(stage) {
        const engine = await stage.open();
        await engine.add([newJob()]);
        expect(await engine.find(jobId())).toBeUndefined();
        expect(await engine.payload(jobId())).toBeUndefined();
      },
    },
    {
      name: "mails are still there, and are sent, after everything was closed and opened again",
      async run(stage) {
        const before = await stage.open();
        const jobs = newJobs(20);
        await before.add(jobs);
        await before.close();
        const engine = await stage.open();
        expect(await engine.find(jobs[0]?.id ?? "")).toMatchObject({ state: "queued", record: jobs[0]?.record });
        const worker = stage.work(engine, { concurrency: 5 });
        expect(idsOf(await worker.taken.count(20))).toEqual(idsOf(jobs));
      },
    },
    {
      name: "mails whose adding was confirmed survive the death of the process that added them",
      async run(stage) {
        const child = await stage.child();
        for (let call = 0; call < 50; call++) child.add(newJobs(10));
        await child.added.count(5);
        await child.kill();
        const confirmed = child.added.items.flat();
        const engine = await stage.open();
        const worker = stage.work(engine, { concurrency: 10 });
        await Promise.all(confirmed.map((id) => worker.taken.first((job) => job.id === id)));
        await worker.close();
        const taken = idsOf(worker.taken.items);
        expect(taken).toEqual([...new Set(taken)]);
        expect(taken).toEqual(expect.arrayContaining(confirmed));
      },
    },
  ],
};
