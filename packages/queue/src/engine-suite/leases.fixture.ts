import { expect } from "vitest";
import type { EngineCapability } from "./engine-case.fixture.ts";
import { newJob } from "./jobs.fixture.ts";
import { takenByChild } from "./taken-by-child.fixture.ts";

/** So long that it is renewed in time also where the machine or its disk stands still for some seconds. */
const steadyLeaseMs = 5_000;

export const leases: EngineCapability = {
  name: "leases",
  cases: [
    {
      name: "a mail that takes much longer than its lease is not handed to anybody else",
      async run(stage) {
        const [engine, other] = [await stage.open(), await stage.open()];
        const slow = newJob();
        await engine.add([slow]);
        const leaseMs = steadyLeaseMs;
        const worker = stage.work(engine, { leaseMs, handle: "hold" });
        await worker.taken.count(1);
        const idle = stage.work(other, { leaseMs, concurrency: 5 });
        // Comes when several leases have passed.
        const bell = newJob({ dueAt: Date.now() + 2 * leaseMs });
        await engine.add([bell]);
        await idle.taken.first(({ id }) => id === bell.id);
        worker.settle(slow.id, { state: "sent", record: "slow but sent" });
        await worker.close();
        await idle.close();
        expect(idle.taken.items.map(({ id }) => id)).toEqual([bell.id]);
        expect(await other.find(slow.id)).toMatchObject({ state: "sent", tries: 1, record: "slow but sent" });
        expect(worker.errors.items).toEqual([]);
      },
    },
    {
      name: "a worker that was suspended for longer than its lease changes nothing of what another did, and says so",
      async run(stage) {
        const { engine, job, child } = await takenByChild(stage);
        await stage.suspend(child);
        const worker = stage.work(engine, { handle: () => ({ state: "sent", record: "sent by the other" }) });
        expect(await worker.taken.first(({ id }) => id === job.id)).toMatchObject({ interrupted: true, tries: 2 });
        await worker.close();
        child.resume();
        child.settle(job.id, { state: "dead", record: "given up by the one that was suspended" });
        await child.complaints.count(1);
        expect(await engine.find(job.id)).toMatchObject({ state: "sent", record: "sent by the other", tries: 2 });
        // It goes on with other mails.
        const next = newJob();
        await engine.add([next]);
        await child.taken.first(({ id }) => id === next.id);
        child.settle(next.id, { state: "sent", record: "sent by the child" });
        expect(await child.close()).toBe(0);
        expect(await engine.find(next.id)).toMatchObject({ state: "sent", record: "sent by the child" });
      },
    },
    {
      name: "a mail that was lost to another worker is settled by that one alone, while both hold it",
      async run(stage) {
        const { engine, job, child } = await takenByChild(stage);
        await stage.suspend(child);
        const worker = stage.work(engine, { handle: "hold" });
        await worker.taken.count(1);
        child.resume();
        child.settle(job.id, { state: "queued", record: "stale", dueAt: Date.now(), isTry: true });
        await child.complaints.count(1);
        expect(await engine.find(job.id)).toMatchObject({ state: "sending", tries: 2, record: job.record });
        worker.settle(job.id, { state: "sent", record: "sent by the other" });
        await worker.close();
        expect(await engine.find(job.id)).toMatchObject({ state: "sent", record: "sent by the other" });
      },
    },
  ],
};
