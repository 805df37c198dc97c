import { setTimeout as wait } from "node:timers/promises";
import type { LimitStore, RateLimit } from "@mail/core";
import { expect } from "vitest";
import { eventually } from "./eventually.ts";
import { fullestInterval, type Grant, takeMany } from "./grants.ts";
import type { StoreCase } from "./store-case.ts";

const slow: RateLimit = { max: 3, perMs: 60_000 };
const quick: RateLimit = { max: 3, perMs: 200 };

/** Takes as often as it says to, until there are places. */
async function takeAfterWaits(limits: LimitStore, key: string, limit: RateLimit, count = 1): Promise<void> {
  for (let waitMs = await limits.take(key, limit, count); waitMs > 0; waitMs = await limits.take(key, limit, count)) {
    expect(waitMs).toBeLessThanOrEqual(limit.perMs + 1);
    await wait(waitMs);
  }
}

export const limitCases: readonly StoreCase[] = [
  {
    name: "as many places are taken as there are, and then none",
    async run(open) {
      const [{ limits }, other] = [open(), open()];
      expect(await limits.take("k", slow, 1)).toBe(0);
      expect(await other.limits.take("k", slow, 1)).toBe(0);
      expect(await limits.take("k", slow, 1)).toBe(0);
      const waitMs = await other.limits.take("k", slow, 1);
      expect(waitMs).toBeGreaterThan(0);
      expect(waitMs).toBeLessThanOrEqual(slow.perMs + 1);
      expect(await limits.take("another", slow, 3)).toBe(0);
    },
  },
  {
    name: "several places are taken together or not at all",
    async run(open) {
      const { limits } = open();
      expect(await limits.take("k", slow, 2)).toBe(0);
      expect(await limits.take("k", slow, 2)).toBeGreaterThan(0);
      expect(await limits.take("k", slow, 1)).toBe(0);
    },
  },
  {
    name: "a place comes back when its interval is over, as told",
    async run(open) {
      const { limits } = open();
      expect(await limits.take("k", quick, 3)).toBe(0);
      await takeAfterWaits(limits, "k", quick, 3);
      await takeAfterWaits(limits, "k", quick, 1);
    },
  },
  {
    name: "of many that take at once, as many get a place as there are",
    async run(open) {
      const stores = [open(), open()];
      const limit = { max: 10, perMs: 60_000 };
      const takes = Array.from({ length: 60 }, (_, n) => stores[n % 2]?.limits.take("k", limit, 1));
      const waits = await Promise.all(takes);
      expect(waits.filter((waitMs) => waitMs === 0)).toHaveLength(10);
    },
  },
  {
    name: "no interval holds more than there are places, wherever it begins",
    async run(open) {
      const stores = [open(), open()];
      const limit = { max: 10, perMs: 250 };
      const grants: Grant[] = [];
      await Promise.all(
        stores.map(async ({ limits }, n) => {
          // Uneven: one place, and the others at the end of the first interval.
          await takeMany(limits, "k", limit, 1, 1, grants);
          await wait(limit.perMs * 0.8);
          await takeMany(limits, "k", limit, 25, 1 + n, grants);
        }),
      );
      expect(fullestInterval(grants, limit.perMs)).toBeLessThanOrEqual(limit.max);
      expect(grants.reduce((sum, { count }) => sum + count, 0)).toBe(2 + 25 + 50);
    },
  },
  {
    name: "a smaller limit from now on counts what was taken before",
    async run(open) {
      const { limits } = open();
      await limits.take("k", { max: 10, perMs: 60_000 }, 5);
      expect(await limits.take("k", { max: 5, perMs: 60_000 }, 1)).toBeGreaterThan(0);
      expect(await limits.take("k", { max: 6, perMs: 60_000 }, 1)).toBe(0);
      expect(await limits.take("k", { max: 10, perMs: 60_000 }, 4)).toBe(0);
      expect(await limits.take("k", { max: 10, perMs: 60_000 }, 1)).toBeGreaterThan(0);
    },
  },
  {
    name: "a pause lets nothing through until it is over, and takes no place",
    async run(open) {
      const [{ limits }, other] = [open(), open()];
      await limits.pause("k", 60_000);
      const waitMs = await other.limits.take("k", slow, 1);
      expect(waitMs).toBeGreaterThan(0);
      expect(waitMs).toBeLessThanOrEqual(60_001);
      expect(await limits.take("another", slow, 1)).toBe(0);
      await limits.pause("brief", 800);
      await eventually(() => limits.take("brief", slow, 3)).toBe(0);
    },
  },
  {
    name: "a longer pause that is there stays",
    async run(open) {
      const { limits } = open();
      await limits.pause("k", 60_000);
      await limits.pause("k", 1);
      await limits.pause("k", 0);
      expect(await limits.take("k", slow, 1)).toBeGreaterThan(10_000);
      await limits.pause("k", 120_000);
      expect(await limits.take("k", slow, 1)).toBeGreaterThan(60_000);
    },
  },
  {
    name: "large limits and large takes are counted exactly",
    async run(open) {
      const { limits } = open();
      const limit = { max: 20_000, perMs: 60_000 };
      expect(await limits.take("k", limit, 15_000)).toBe(0);
      expect(await limits.take("k", limit, 5_001)).toBeGreaterThan(0);
      expect(await limits.take("k", limit, 5_000)).toBe(0);
      expect(await limits.take("k", limit, 1)).toBeGreaterThan(0);
    },
  },
];
