import { abortError } from "./abort.ts";
import { type Backoff, backoffMs } from "./backoff.ts";
import type { MailError } from "./mail-error.ts";
import { wait } from "./wait.ts";

export interface RetrySettings {
  readonly attempts: number;
  readonly backoff: Backoff;
  readonly attemptTimeoutMs: number | undefined;
  readonly deadlineMs: number;
  readonly onUnknown: "stop" | "retry";
}

/** Decides for one send whether there is another try, and when. */
export class RetrySchedule {
  readonly #settings: RetrySettings;
  readonly #end: number;
  /** Tries that were made. */
  tries = 0;

  constructor(settings: RetrySettings) {
    this.#settings = settings;
    this.#end = performance.now() + settings.deadlineMs;
  }

  /** True for a passing failure of a mail that surely was not sent, or that the app wants sent again all the same. */
  allows({ retryable, delivery }: MailError): boolean {
    return retryable && (delivery === "not_sent" || this.#settings.onUnknown === "retry");
  }

  /** The wait in milliseconds before a try after `error`; `undefined` where there are no tries or no time left. */
  delayAfter({ retryAfterMs = 0 }: MailError): number | undefined {
    if (this.tries >= this.#settings.attempts) return undefined;
    const delayMs = Math.max(backoffMs(this.tries, this.#settings.backoff), retryAfterMs);
    return performance.now() + delayMs < this.#end ? delayMs : undefined;
  }
}

/**
 * Waits between two tries.
 * @returns `aborted` where the caller ended it, and `"timeout"` where time ran out: then the failure so far says more
 */
export async function waitOrStop(delayMs: number, signal: AbortSignal): Promise<MailError | "timeout" | undefined> {
  try {
    await wait(delayMs, signal);
    return undefined;
  } catch {
    const error = abortError(signal);
    return error.code === "aborted" ? error : "timeout";
  }
}
