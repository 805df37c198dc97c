import { setTimeout as sleep } from "node:timers/promises";
import { expect, vi } from "vitest";
import type { NewJob } from "../job.ts";
import type { ChildEngine } from "./child-engine.fixture.ts";
import type { EngineCapability } from "./engine-case.fixture.ts";
import { idsOf, newJobs } from "./jobs.fixture.ts";

export const sharing: EngineCapability = {
  name: "sharing",
  cases: [
    {
      name: "two processes share the work about evenly and no mail goes to both",
      async run(stage) {
        const engine = await stage.open();
        const [one, other] = await Promise.all([stage.child(), stage.child()]);
        one.work(stage.leaseMs * 10, { concurrency: 5, hold: false });
        other.work(stage.leaseMs * 10, { concurrency: 5, hold: false });
        const all = () => [...one.taken.items, ...other.taken.items];
        // One may be at work long before the other on a busy machine, and would do all of it alone.
        const first: NewJob[] = [];
        while (one.taken.items.length === 0 || other.taken.items.length === 0) {
          const jobs = newJobs(10);
          first.push(...jobs);
          await engine.add(jobs);
          await sleep(50);
        }
        await vi.waitFor(() => expect(all()).toHaveLength(first.length), 30_000);
        const jobs = newJobs(600);
        await engine.add(jobs);
        await vi.waitFor(() => expect(all().length).toBeGreaterThanOrEqual(first.length + 600), 30_000);
        await Promise.all([one.close(), other.close()]);
        expect(idsOf(all())).toEqual(idsOf([...first, ...jobs]));
        const sharedBy = (child: ChildEngine) =>
          child.taken.items.filter(({ id }) => jobs.some((job) => job.id === id)).length;
        expect(sharedBy(one)).toBeGreaterThan(150);
        expect(sharedBy(other)).toBeGreaterThan(150);
        expect((await engine.counts()).states).toMatchObject({ sent: first.length + 600, queued: 0, sending: 0 });
      },
    },
    {
      name: "several workers of one engine share its mails, each within its own concurrency",
      async run(stage) {
        const engine = await stage.open();
        const workers = [
          stage.work(engine, { concurrency: 2, handle: "hold" }),
          stage.work(engine, { handle: "hold" }),
        ];
        await engine.add(newJobs(10));
        const [two, one] = workers;
        await two?.taken.count(2);
        await one?.taken.count(1);
        expect((await engine.counts()).states).toMatchObject({ sending: 3, queued: 7 });
        expect(workers.map(({ mostAtOnce }) => mostAtOnce)).toEqual([2, 1]);
      },
    },
  ],
};
