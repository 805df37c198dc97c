import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { columns } from "./columns.ts";
import { expectedOf } from "./matrix.ts";
import { openResources } from "./open-resources.ts";
import { createWorld, type Fault, type World } from "./open-server.ts";
import { runCell } from "./run-cell.ts";
import { warmUp } from "./warm-up.ts";

/** Makes every cell a test: what the app is told and what the servers have are what the rules say, and nothing leaks. */
export function describeCells(faults: readonly Fault[], maxConcurrency: number): void {
  vi.setConfig({ maxConcurrency, testTimeout: 120_000 });

  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    await warmUp(world);
  });
  afterAll(() => world[Symbol.dispose]());

  test("at first nothing is open", async () => {
    expect(await openResources()).toEqual([]);
  });

  describe.concurrent.each([...Map.groupBy(faults, ({ via }) => via)])("by %s", (_via, ofOne) => {
    describe.each(ofOne.map((fault) => ({ fault, name: fault.row.fault })))("$name", ({ fault }) => {
      test.each(columns)("$name", async (column) => {
        const alone = expectedOf(fault);
        const prediction = column.predict(alone);
        let outcome = await runCell(fault, column, world);
        // On a machine that is busy, a short time limit strikes where nothing is wrong.
        const isAsPredicted = Object.entries(prediction).every(([name, value]) => Object(outcome)[name] === value);
        if (fault.row.waits && !isAsPredicted) outcome = await runCell(fault, column, world, 3);
        expect(outcome).toMatchObject({ ...prediction, problems: [] });
        const asAlone = prediction.told === alone.told && alone.told !== "sent";
        if (asAlone) expect(outcome.code).toBe(alone.code);
        if (asAlone && alone.retryable !== undefined) expect(outcome.retryable).toBe(alone.retryable);
      });
    });
  });

  test("afterwards nothing is left open, no timer either", async () => {
    expect(await openResources()).toEqual([]);
  });
}
