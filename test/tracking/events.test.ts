import { describe, expect, test } from "vitest";
import { countEvents } from "./count-events.ts";
import { openPlace, type StoreKind, whyNoPlace } from "./event-place.ts";
import { planEvents } from "./make-events.ts";
import { runEvents } from "./run-events.ts";

/** The full size: `npm run events -w test`. */
const plan = planEvents({ arriving: 10_000, duplicates: 0.3, batchSize: 100, seed: 6 });
const kinds: readonly StoreKind[] = ["sqlite", "postgres"];

describe.each(kinds)("with %s", async (kind) => {
  const missing = await whyNoPlace(kind);
  const skips = missing !== undefined && process.env["CI"] !== "true";

  test.skipIf(skips)(
    `events are counted exactly, three in ten of them duplicates, from 8 connections, while the process is killed twice${missing ?? ""}`,
    { timeout: 120_000 },
    async () => {
      await using opened = await openPlace(kind);
      const run = await runEvents({ place: opened.place, batches: plan.batches, connections: 8, kills: 2 });
      expect(run.kills).toBe(2);
      expect(run.retries).toBeGreaterThan(0);
      const { duplicates, ...expected } = plan.expected;
      expect(duplicates).toBe(3_000);
      expect(await countEvents(opened.place, Object.keys(expected.byType))).toEqual(expected);
    },
  );
});
