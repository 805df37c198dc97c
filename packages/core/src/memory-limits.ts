import type { LimitStore, RateLimit } from "./store.ts";

interface Window {
  /** When places were taken, oldest first. */
  taken: number[];
  pausedUntil: number;
  /** When nothing of it matters any more. */
  staleAt: number;
}

/** Timers and clocks count whole milliseconds: this much longer an interval is watched, so that none falls between. */
const roundingMs = 1;

/** Fewer keys than this are not looked through for stale ones. */
const fewKeys = 1_000;

/** A log of the places taken in the last interval, for each key: exact, at 8 bytes a place. */
export class MemoryLimits implements LimitStore {
  readonly #windows = new Map<string, Window>();
  /** At so many keys the stale ones are removed: twice as many as were left the last time, so that it costs little. */
  #sweepAt = fewKeys;

  async take(key: string, { max, perMs }: RateLimit, count: number): Promise<number> {
    const now = performance.now();
    const window = this.#windowOf(key, now);
    const since = now - perMs - roundingMs;
    const past = window.taken.findIndex((at) => at > since);
    window.taken.splice(0, past === -1 ? window.taken.length : past);
    // The place that must have left the interval before `count` more fit into it.
    const leaving = window.taken[window.taken.length + count - max - 1];
    const waitMs = Math.max(window.pausedUntil - now, leaving === undefined ? 0 : leaving - since);
    if (waitMs > 0) return waitMs;
    for (let taken = 0; taken < count; taken++) window.taken.push(now);
    window.staleAt = Math.max(window.staleAt, now + perMs + roundingMs);
    return 0;
  }

  async pause(key: string, ms: number): Promise<void> {
    const now = performance.now();
    const window = this.#windowOf(key, now);
    window.pausedUntil = Math.max(window.pausedUntil, now + ms);
    window.staleAt = Math.max(window.staleAt, window.pausedUntil);
  }

  #windowOf(key: string, now: number): Window {
    const known = this.#windows.get(key);
    if (known !== undefined) return known;
    if (this.#windows.size >= this.#sweepAt) {
      for (const [name, { staleAt }] of this.#windows) if (staleAt <= now) this.#windows.delete(name);
      this.#sweepAt = Math.max(fewKeys, 2 * this.#windows.size);
    }
    const window = { taken: [], pausedUntil: 0, staleAt: now };
    this.#windows.set(key, window);
    return window;
  }
}
