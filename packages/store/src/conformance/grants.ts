import { setTimeout as wait } from "node:timers/promises";
import type { LimitStore, RateLimit } from "@mail/core";

/** Places that were taken at some moment between these two, in milliseconds by the clock that all processes share. */
export interface Grant {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

const clock = (): number => performance.timeOrigin + performance.now();

/** Takes `count` places, `times` times over, waiting as told, and notes when. */
export async function takeMany(
  limits: LimitStore,
  key: string,
  limit: RateLimit,
  times: number,
  count: number,
  grants: Grant[],
): Promise<void> {
  for (let done = 0; done < times; ) {
    const from = clock();
    const waitMs = await limits.take(key, limit, count);
    if (waitMs > 0) {
      await wait(waitMs);
      continue;
    }
    grants.push({ from, to: clock(), count });
    done++;
  }
}

/** Most places in any interval of `perMs`, of those that surely lie within it. */
export function fullestInterval(grants: readonly Grant[], perMs: number): number {
  const certain = (start: number): number =>
    grants
      .filter(({ from, to }) => from >= start && to < start + perMs)
      .reduce((places, { count }) => places + count, 0);
  return Math.max(0, ...grants.map(({ from }) => certain(from)));
}
