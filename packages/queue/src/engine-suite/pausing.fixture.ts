import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { EngineCapability } from "./engine-case.fixture.ts";
import { idsOf, newJob, newJobs } from "./jobs.fixture.ts";

/** In small steps, so that a machine that stands still meanwhile leaves the others as much time afterwards. */
async function wait(ms: number): Promise<void> {
  const stepMs = 50;
  for (let waited = 0; waited < ms; waited += stepMs) await sleep(stepMs);
}

export const pausing: EngineCapability = {
  name: "pausing",
  cases: [
    {
      name: "a queue that is paused says why, in every process and after it was closed and opened again",
      async run(stage) {
        const [engine, other] = [await stage.open(), await stage.open()];
        expect(await engine.pausedBy()).toBeUndefined();
        await engine.setPaused("The login was refused (535)");
        expect(await engine.pausedBy()).toBe("The login was refused (535)");
        expect(await other.pausedBy()).toBe("The login was refused (535)");
        await engine.setPaused("by hand");
        await engine.close();
        await other.close();
        const again = await stage.open();
        expect(await again.pausedBy()).toBe("by hand");
        await again.setPaused(undefined);
        expect(await again.pausedBy()).toBeUndefined();
      },
    },
    {
      name: "a worker that begins on a paused queue is given nothing until it goes on",
      async run(stage) {
        const [engine, other] = [await stage.open(), await stage.open()];
        await engine.setPaused("by hand");
        const worker = stage.work(other);
        const jobs = newJobs(5);
        await engine.add(jobs);
        await wait(stage.pauseMs); // Nothing is to happen, so there is no event to wait for.
        expect(worker.taken.items).toEqual([]);
        expect((await engine.counts()).states).toMatchObject({ queued: 5, sending: 0 });
        await engine.setPaused(undefined);
        expect(idsOf(await worker.taken.count(5))).toEqual(idsOf(jobs));
      },
    },
    {
      name: "a pause reaches workers in this process and in others; mails in hand are settled, others are added and wait",
      async run(stage) {
        const [engine, other] = [await stage.open(), await stage.open()];
        const inHand = newJob();
        await engine.add([inHand]);
        const worker = stage.work(engine, { handle: "hold" });
        await worker.taken.count(1);
        const elsewhere = stage.work(other, { concurrency: 5 });
        await engine.setPaused("by hand");
        await wait(stage.pauseMs); // It has to reach the other process, which tells nobody.
        const jobs = newJobs(5);
        await engine.add(jobs);
        worker.settle(inHand.id, { state: "sent", record: "sent during the pause" });
        await wait(stage.pauseMs); // Nothing is to happen.
        expect(elsewhere.taken.items).toEqual([]);
        expect(worker.taken.items).toHaveLength(1);
        expect(await engine.find(inHand.id)).toMatchObject({ state: "sent", record: "sent during the pause" });
        await worker.close();
        await other.setPaused(undefined);
        expect(idsOf(await elsewhere.taken.count(5))).toEqual(idsOf(jobs));
      },
    },
  ],
};
