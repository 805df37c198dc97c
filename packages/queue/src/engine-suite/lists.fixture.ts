import { expect } from "vitest";
import type { EngineCapability } from "./engine-case.fixture.ts";
import { idsOf, newJob, newJobs } from "./jobs.fixture.ts";

export const lists: EngineCapability = {
  name: "lists and counts",
  cases: [
    {
      name: "an empty queue has nothing to list and counts nothing",
      async run(stage) {
        const engine = await stage.open();
        expect(await engine.list({ state: "queued", limit: 10 })).toEqual([]);
        const counts = await engine.counts();
        expect(counts.states).toEqual({
          queued: 0,
          scheduled: 0,
          sending: 0,
          sent: 0,
          unknown: 0,
          dead: 0,
          cancelled: 0,
        });
        expect(counts.oldestDueAt).toBeUndefined();
        expect(counts.lastMinute).toEqual({ added: 0, sent: 0, dead: 0 });
      },
    },
    {
      name: "mails are listed and counted by state",
      async run(stage) {
        const engine = await stage.open();
        const states = ["sent", "dead", "unknown", "cancelled"] as const;
        const settled = states.map((state) => newJob({ record: state }));
        await engine.add(settled);
        const worker = stage.work(engine, {
          handle: ({ record }) => ({ state: states.find((state) => state === record) ?? "sent", record }),
        });
        await worker.taken.count(4);
        await worker.close();
        const held = newJob();
        await engine.add([held]);
        const holder = stage.work(engine, { handle: "hold" });
        await holder.taken.count(1);
        const dueAt = Date.now() - 60_000;
        const queued = newJobs(3, { dueAt });
        const scheduled = newJobs(2, { dueAt: Date.now() + 3_600_000 });
        await engine.add([...queued, ...scheduled]);
        for (const [index, state] of states.entries()) {
          expect(await engine.list({ state, limit: 10 })).toEqual([await engine.find(settled[index]?.id ?? "")]);
        }
        expect(await engine.list({ state: "sending", limit: 10 })).toEqual([await engine.find(held.id)]);
        const listed = await engine.list({ state: "queued", limit: 10 });
        expect(listed.map(({ id, state }) => [id, state])).toEqual(idsOf(queued).map((id) => [id, "queued"]));
        const later = await engine.list({ state: "scheduled", limit: 10 });
        expect(later.map(({ id, state }) => [id, state])).toEqual(idsOf(scheduled).map((id) => [id, "scheduled"]));
        expect(await engine.counts()).toEqual({
          states: { queued: 3, scheduled: 2, sending: 1, sent: 1, unknown: 1, dead: 1, cancelled: 1 },
          oldestDueAt: dueAt,
          lastMinute: { added: 10, sent: 1, dead: 1 },
        });
      },
    },
    {
      name: "pages hold every mail once, in the order of ids",
      async run(stage) {
        const engine = await stage.open();
        const jobs = newJobs(25);
        await engine.add(jobs);
        const pages: string[][] = [];
        let after: string | undefined;
        while (pages.at(-1)?.length !== 0 && pages.length < 10) {
          const page = await engine.list({ state: "queued", limit: 10, ...(after !== undefined && { after }) });
          pages.push(page.map(({ id }) => id));
          after = page.at(-1)?.id;
        }
        expect(pages.map(({ length }) => length)).toEqual([10, 10, 5, 0]);
        expect(pages.flat()).toEqual(idsOf(jobs));
      },
    },
  ],
};
