import { isBusy } from "./failure.ts";

const nobody = new Int32Array(new SharedArrayBuffer(4));

/**
 * Tries until nobody else holds the database, for `waitMs` at most. SQLite's own busy handler waits for longer and longer
 * between its tries, so that a process that never rests would keep all others out.
 */
export function waitWhileBusy<T>(waitMs: number, action: () => T): T {
  const end = performance.now() + waitMs;
  for (;;) {
    try {
      return action();
    } catch (thrown) {
      if (!isBusy(thrown) || performance.now() >= end) throw thrown;
    }
    Atomics.wait(nobody, 0, 0, 0.5 + Math.random());
  }
}
