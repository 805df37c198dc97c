import { untilAborted } from "./abort.ts";
import { longestTimerMs } from "./longest-timer.ts";

/**
 * Waits for `ms` milliseconds, however many.
 * @throws MailError `aborted` or `timeout` as soon as the signal is aborted; the timer is gone then
 */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  const end = performance.now() + ms;
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise<void>((resolve) => {
    const arm = (): void => {
      const left = end - performance.now();
      if (left <= 0) resolve();
      // Rounded up, as timers cut off fractions: never earlier than asked for.
      else timer = setTimeout(arm, Math.min(Math.ceil(left), longestTimerMs));
    };
    arm();
  });
  try {
    await untilAborted(elapsed, signal);
  } finally {
    clearTimeout(timer);
  }
}
