import { expect } from "vitest";
import type { EngineCapability } from "./engine-case.fixture.ts";
import { idsOf, newJob, newJobs } from "./jobs.fixture.ts";
import { sameBytes } from "./same-bytes.fixture.ts";
import { takenByChild } from "./taken-by-child.fixture.ts";

export const interruptions: EngineCapability = {
  name: "interruptions",
  cases: [
    {
      name: "a mail whose worker was killed while sending it goes to another one, marked as interrupted",
      async run(stage) {
        const { engine, job, child } = await takenByChild(stage);
        await child.kill();
        expect(await engine.find(job.id)).toMatchObject({ state: "sending", tries: 1 });
        const worker = stage.work(engine, { handle: () => ({ state: "unknown", record: "held" }) });
        const [taken] = await worker.taken.count(1);
        expect(taken).toMatchObject({ id: job.id, tries: 2, record: job.record, interrupted: true });
        expect(sameBytes(taken?.payload, job.payload)).toBe(true);
        await worker.close();
        expect(worker.taken.items).toHaveLength(1);
        expect(await engine.find(job.id)).toMatchObject({ state: "unknown", record: "held" });
        expect(sameBytes(await engine.payload(job.id), job.payload)).toBe(true);
      },
    },
    {
      name: "an interrupted mail that is tried again is an ordinary one afterwards",
      async run(stage) {
        const { engine, child } = await takenByChild(stage);
        await child.kill();
        const worker = stage.work(engine, {
          handle: ({ interrupted }) =>
            interrupted
              ? { state: "queued", record: "again", dueAt: Date.now(), isTry: true }
              : { state: "sent", record: "sent" },
        });
        const taken = await worker.taken.count(2);
        expect(taken.map(({ interrupted }) => interrupted)).toEqual([true, false]);
        expect(taken[1]).toMatchObject({ record: "again", tries: 3 });
      },
    },
    {
      name: "of all mails that a killed worker had, those in hand are interrupted and the others were never begun",
      async run(stage) {
        const engine = await stage.open();
        const jobs = newJobs(30);
        await engine.add(jobs);
        const child = await stage.child();
        child.work(stage.leaseMs, { concurrency: 5 });
        const [first, second] = await child.taken.count(5);
        child.settle(first?.id ?? "", { state: "sent", record: "sent by the child" });
        child.settle(second?.id ?? "", { state: "dead", record: "given up by the child" });
        await child.taken.count(7);
        await child.kill();
        const inHand = child.taken.items.slice(2);
        const worker = stage.work(engine, { concurrency: 10 });
        const taken = await worker.taken.count(28);
        await worker.close();
        expect(idsOf(taken.filter(({ interrupted }) => interrupted))).toEqual(idsOf(inHand));
        expect(idsOf([...taken, ...child.taken.items.slice(0, 2)])).toEqual(idsOf(jobs));
        expect((await engine.counts()).states).toMatchObject({ sent: 29, dead: 1, sending: 0, queued: 0 });
        expect(await engine.find(first?.id ?? "")).toMatchObject({ record: "sent by the child" });
      },
    },
    {
      name: "a mail that was given back before its worker was killed is not interrupted",
      async run(stage) {
        const { engine, job, child } = await takenByChild(stage);
        await engine.add([newJob()]);
        // So much later that the other mail is next, also where the machine stands still for some seconds.
        const dueAt = Date.now() + 5_000;
        child.settle(job.id, { state: "queued", record: "later", dueAt, isTry: true });
        // What comes next in the child shows that the settlement before was recorded.
        await child.taken.count(2);
        await child.kill();
        const worker = stage.work(engine, { concurrency: 2 });
        const again = await worker.taken.first(({ id }) => id === job.id);
        expect(again).toMatchObject({ interrupted: false, tries: 2, record: "later" });
      },
    },
  ],
};
