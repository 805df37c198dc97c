import { expect } from "vitest";
import type { EngineCapability } from "./engine-case.fixture.ts";
import { idsOf, newJobs } from "./jobs.fixture.ts";

export const volume: EngineCapability = {
  name: "volume",
  cases: [
    {
      name: "10,000 mails go in while they go out, and none is lost or doubled",
      isLarge: true,
      async run(stage) {
        const [engine, other] = [await stage.open(), await stage.open()];
        const worker = stage.work(other, { concurrency: 50, leaseMs: 30_000 });
        const ids: string[] = [];
        for (let batch = 0; batch < 20; batch++) {
          const jobs = newJobs(500);
          ids.push(...idsOf(jobs));
          await engine.add(jobs);
        }
        await worker.taken.count(10_000);
        await worker.close();
        expect(idsOf(worker.taken.items)).toEqual(ids.sort());
        expect((await engine.counts()).states).toMatchObject({
          sent: 10_000,
          queued: 0,
          sending: 0,
          unknown: 0,
          dead: 0,
        });
        expect(worker.errors.items).toEqual([]);
      },
    },
  ],
};
