import { expect } from "vitest";
import type { EngineCapability } from "./engine-case.fixture.ts";
import { idsOf, newJobs } from "./jobs.fixture.ts";

export const closing: EngineCapability = {
  name: "closing",
  cases: [
    {
      name: "a worker that is closed waits for its mails in hand and takes no more",
      async run(stage) {
        const engine = await stage.open();
        const jobs = newJobs(10);
        await engine.add(jobs);
        const worker = stage.work(engine, { concurrency: 3, handle: "hold" });
        const inHand = [...(await worker.taken.count(3))];
        let isClosed = false;
        const closing = worker.close().then(() => {
          isClosed = true;
        });
        for (const [index, { id }] of inHand.entries()) {
          // A round trip, in which a worker that does not wait would have come to its end.
          expect((await engine.counts()).states.sending).toBeGreaterThanOrEqual(3 - index);
          expect(isClosed).toBe(false);
          worker.settle(id);
        }
        await closing;
        expect(worker.taken.items).toHaveLength(3);
        expect((await engine.counts()).states).toMatchObject({ sent: 3, queued: 7, sending: 0 });
        const next = stage.work(engine, { concurrency: 3 });
        const rest = await next.taken.count(7);
        expect(rest.every(({ tries, interrupted }) => tries === 1 && !interrupted)).toBe(true);
        expect(idsOf([...inHand, ...rest])).toEqual(idsOf(jobs));
      },
    },
    {
      name: "an engine that is closed closes its workers first, and may be closed twice",
      async run(stage) {
        const engine = await stage.open();
        await engine.add(newJobs(5));
        const worker = stage.work(engine, { concurrency: 2, handle: "hold" });
        const inHand = [...(await worker.taken.count(2))];
        const closing = Promise.all([engine.close(), engine.close()]);
        for (const { id } of inHand) worker.settle(id);
        await closing;
        await engine.close();
        await worker.close();
        const again = await stage.open();
        expect((await again.counts()).states).toMatchObject({ sent: 2, queued: 3, sending: 0 });
      },
    },
    {
      name: "a process whose engine is closed ends by itself",
      async run(stage) {
        const engine = await stage.open();
        await engine.add(newJobs(20));
        const child = await stage.child();
        child.work(stage.leaseMs, { concurrency: 2, hold: false });
        await child.taken.count(5);
        expect(await child.close()).toBe(0);
        expect((await engine.counts()).states).toMatchObject({ sent: child.taken.items.length, sending: 0 });
      },
    },
  ],
};
