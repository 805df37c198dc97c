import { setTimeout as sleep } from "node:timers/promises";

const stepMs = 50;
const tries = 50;

/**
 * Gives what the work gives once it no longer throws, and what it throws after so many tries. Counted in tries and not in
 * time, so that a machine that stands still for a while fails nobody.
 */
export async function eventually<T>(work: () => T | Promise<T>): Promise<T> {
  for (let left = tries - 1; left > 0; left--) {
    try {
      return await work();
    } catch {
      await sleep(stepMs);
    }
  }
  return work();
}

/** Passes so many milliseconds in which this process runs: one that stands still meanwhile loses one step alone. */
export async function passTime(ms: number, signal: AbortSignal): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) await sleep(stepMs, undefined, { signal });
}
