import { expect, vi } from "vitest";
import type { EngineCapability } from "./engine-case.fixture.ts";
import { idsOf, newJob } from "./jobs.fixture.ts";

export const keys: EngineCapability = {
  name: "keys",
  cases: [
    {
      name: "of two mails with one key the first counts, and it alone is sent",
      async run(stage) {
        const engine = await stage.open();
        const first = newJob({ key: "order-17" });
        const second = newJob({ key: "order-17" });
        const last = newJob({ key: "order-18" });
        expect(await engine.add([first])).toEqual([{ id: first.id, duplicate: false }]);
        expect(await engine.add([second])).toEqual([{ id: first.id, duplicate: true }]);
        expect(await engine.add([last])).toEqual([{ id: last.id, duplicate: false }]);
        expect(await engine.find(second.id)).toBeUndefined();
        const worker = stage.work(engine);
        await worker.taken.first(({ id }) => id === last.id);
        await worker.taken.first(({ id }) => id === first.id);
        await worker.close();
        expect(idsOf(worker.taken.items)).toEqual(idsOf([first, last]));
      },
    },
    {
      name: "of two mails with one key in one call the first counts",
      async run(stage) {
        const engine = await stage.open();
        const [first, other, second] = [newJob({ key: "a" }), newJob(), newJob({ key: "a" })];
        expect(await engine.add([first, other, second])).toEqual([
          { id: first.id, duplicate: false },
          { id: other.id, duplicate: false },
          { id: first.id, duplicate: true },
        ]);
        expect((await engine.counts()).states.queued).toBe(2);
      },
    },
    {
      name: "of two processes that add the same key at once one is first",
      async run(stage) {
        const [one, other] = [await stage.open(), await stage.open()];
        const calls = Array.from({ length: 40 }, (_, index) => {
          const key = `order-${index % 20}`;
          return (index < 20 ? one : other).add([newJob({ key })]);
        });
        const added = (await Promise.all(calls)).flat();
        expect(added.filter(({ duplicate }) => !duplicate)).toHaveLength(20);
        for (let index = 0; index < 20; index++) expect(added[index]?.id).toBe(added[index + 20]?.id);
        expect((await one.counts()).states.queued).toBe(20);
      },
    },
    {
      name: "a key is still known when its mail is sent, and after everything was closed and opened again",
      async run(stage) {
        const before = await stage.open();
        const first = newJob({ key: "order-17" });
        await before.add([first]);
        const worker = stage.work(before);
        await worker.taken.count(1);
        await worker.close();
        expect(await before.add([newJob({ key: "order-17" })])).toEqual([{ id: first.id, duplicate: true }]);
        await before.close();
        const engine = await stage.open();
        expect(await engine.add([newJob({ key: "order-17" })])).toEqual([{ id: first.id, duplicate: true }]);
      },
    },
    {
      name: "a key counts anew when its time is over",
      async run(stage) {
        const engine = await stage.open();
        await engine.add([newJob({ key: "order-17", keyMs: 1 })]);
        const added = await vi.waitFor(async () => {
          const next = newJob({ key: "order-17" });
          const [result] = await engine.add([next]);
          expect(result).toEqual({ id: next.id, duplicate: false });
          return next;
        }, 15_000);
        expect(await engine.add([newJob({ key: "order-17" })])).toEqual([{ id: added.id, duplicate: true }]);
        expect((await engine.counts()).states.queued).toBe(2);
      },
    },
    {
      name: "keys may be long, hold any character, and differ by case alone",
      async run(stage) {
        const engine = await stage.open();
        const keys = [
          "a",
          "A",
          "a ",
          "17",
          "a:b:c",
          "x'); --",
          "{}.>*",
          "Zoë 👩‍🔬",
          "Zoe\u0308",
          "\n\t",
          "k".repeat(1000),
        ];
        const jobs = keys.map((key) => newJob({ key }));
        expect(await engine.add(jobs)).toEqual(jobs.map(({ id }) => ({ id, duplicate: false })));
        const again = await engine.add(keys.map((key) => newJob({ key })));
        expect(again).toEqual(jobs.map(({ id }) => ({ id, duplicate: true })));
      },
    },
  ],
};
