/** A hundred years: no server's dates or times to live overflow. */
const longestMs = 100 * 365 * 86_400_000;

/** A duration as the stores take it: whole milliseconds, never shorter than asked for. */
export function storedMs(ms: number): number {
  return Math.max(0, Math.min(Math.ceil(ms), longestMs));
}

/** Timers and clocks count whole milliseconds: this much longer an interval is watched, so that none falls between. */
export const roundingMs = 1;
