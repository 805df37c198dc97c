import { setTimeout as sleep } from "node:timers/promises";
import { within } from "./within.ts";

const pauseMs = 50;

export interface Attempts {
  readonly timeoutMs: number;
  /** Whether the same call may succeed in a moment: a broken connection, a server that starts. */
  readonly isPassing: (thrown: unknown) => boolean;
  /** Called when the time is up in the middle of an attempt. @returns what is thrown then */
  readonly onTimeout: () => unknown;
}

/**
 * Tries again over broken connections until the time is up, and never longer. A mail that gets into a broker twice by
 * that is still sent once: the ledger knows its id.
 * @throws what the last attempt threw
 */
export async function attempts<T>(
  attempt: () => Promise<T>,
  { timeoutMs, isPassing, onTimeout }: Attempts,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  let last: unknown;
  const late = (): unknown => {
    const thrown = onTimeout();
    // What an attempt before ran into says more than that the time is up.
    return last ?? thrown;
  };
  while (true) {
    try {
      return await within(attempt(), Math.max(1, end - performance.now()), late);
    } catch (thrown) {
      if (!isPassing(thrown) || performance.now() + pauseMs >= end) throw thrown;
      last = thrown;
      await sleep(pauseMs);
    }
  }
}
