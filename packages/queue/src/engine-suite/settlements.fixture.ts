import { expect } from "vitest";
import type { Settlement } from "../job.ts";
import type { EngineCapability, EngineCase } from "./engine-case.fixture.ts";
import { newJob, newJobs } from "./jobs.fixture.ts";
import { sameBytes } from "./same-bytes.fixture.ts";
import { Seen } from "./seen.fixture.ts";
import { sent } from "./test-worker.fixture.ts";

const finals = (["sent", "cancelled", "dead", "unknown"] as const).map(
  (state): EngineCase => ({
    name: `a mail that is settled as ${state} is not handed out again, and says so`,
    async run(stage) {
      const engine = await stage.open();
      const job = newJob();
      await engine.add([job]);
      const worker = stage.work(engine, { handle: () => ({ state, record: `settled as ${state}` }) });
      await worker.taken.count(1);
      await worker.close();
      const found = await engine.find(job.id);
      expect(found).toMatchObject({ state, tries: 1, record: `settled as ${state}`, dueAt: job.dueAt });
      expect(found?.changedAt).toBeGreaterThanOrEqual(found?.createdAt ?? Number.POSITIVE_INFINITY);
      const kept = await engine.payload(job.id);
      if (state === "sent" || state === "cancelled") expect(kept).toBeUndefined();
      else expect(sameBytes(kept, job.payload)).toBe(true);
      const next = newJob();
      await engine.add([next]);
      const after = stage.work(await stage.open());
      await after.taken.first(({ id }) => id === next.id);
      await after.close();
      expect(after.taken.items.map(({ id }) => id)).toEqual([next.id]);
    },
  }),
);

export const settlements: EngineCapability = {
  name: "settlements",
  cases: [
    ...finals,
    {
      name: "a mail that is to be tried again comes back when it is due, with its record and one try more",
      async run(stage) {
        const engine = await stage.open();
        // So much later that it is not due yet when it is looked at, also where the machine stands still for some seconds.
        const dueAt = Date.now() + 5_000;
        const again: Settlement = { state: "queued", record: "refused once", dueAt, isTry: true };
        const job = newJob();
        await engine.add([job]);
        const worker = stage.work(engine, { handle: ({ tries }) => (tries === 1 ? again : sent) });
        await worker.taken.count(1);
        await worker.close();
        expect(await engine.find(job.id)).toMatchObject({
          state: "scheduled",
          dueAt,
          tries: 1,
          record: "refused once",
        });
        const other = stage.work(await stage.open(), { handle: () => sent });
        const [taken] = await other.taken.count(1);
        expect(Date.now()).toBeGreaterThanOrEqual(dueAt);
        expect(taken).toMatchObject({ id: job.id, tries: 2, record: "refused once", interrupted: false });
        expect(sameBytes(taken?.payload, job.payload)).toBe(true);
        await other.close();
        expect(await engine.find(job.id)).toMatchObject({ state: "sent", tries: 2 });
      },
    },
    {
      name: "a mail that is given back unsent has had no try, and comes back at once",
      async run(stage) {
        const engine = await stage.open();
        const job = newJob();
        await engine.add([job]);
        let givenBack = 0;
        const worker = stage.work(engine, {
          handle: ({ record }) => {
            givenBack += 1;
            if (givenBack > 3) return { state: "sent", record };
            return { state: "queued", record: `given back ${givenBack}`, dueAt: Date.now(), isTry: false };
          },
        });
        const taken = await worker.taken.count(4);
        await worker.close();
        expect(taken.map(({ tries }) => tries)).toEqual([1, 1, 1, 1]);
        expect(taken.map(({ record }) => record).slice(1)).toEqual(["given back 1", "given back 2", "given back 3"]);
        expect(await engine.find(job.id)).toMatchObject({ state: "sent", tries: 1, record: "given back 3" });
      },
    },
    {
      name: "a settlement says when it is recorded",
      async run(stage) {
        const engine = await stage.open();
        await engine.add(newJobs(20));
        const states = new Seen<unknown>();
        const worker = stage.work(engine, {
          concurrency: 5,
          handle: ({ id }) => ({
            ...sent,
            recorded: () => void engine.find(id).then((found) => states.add(found?.state)),
          }),
        });
        expect(await states.count(20)).toEqual(Array.from({ length: 20 }, () => "sent"));
        await worker.close();
        expect(states.items).toHaveLength(20);
      },
    },
    {
      name: "many mails settle at once, each in its own way",
      async run(stage) {
        const engine = await stage.open();
        const jobs = Array.from({ length: 100 }, () => newJob());
        await engine.add(jobs);
        const kinds = ["sent", "dead", "unknown", "cancelled"] as const;
        const stateOf = (id: string) => kinds[jobs.findIndex((job) => job.id === id) % 4] ?? "sent";
        const worker = stage.work(engine, {
          concurrency: 20,
          handle: ({ id }) => ({ state: stateOf(id), record: id }),
        });
        await worker.taken.count(100);
        await worker.close();
        expect((await engine.counts()).states).toMatchObject({
          sent: 25,
          dead: 25,
          unknown: 25,
          cancelled: 25,
          queued: 0,
        });
        for (const { id } of jobs.slice(0, 8)) {
          expect(await engine.find(id)).toMatchObject({ state: stateOf(id), record: id });
        }
      },
    },
  ],
};
