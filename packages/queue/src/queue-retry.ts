import { type Backoff, backoffMs, type MailError } from "@mail/core";

export interface QueueRetryOptions {
  /** Tries in all, the first included. Default 10. */
  readonly attempts?: number | undefined;
  /**
   * The wait between tries; where the other side says how long, that long at least. Default: 10 s, then three times as
   * long each time up to an hour, half of it left to chance.
   */
  readonly backoff?: Backoff | undefined;
  /** How long after the first try there are others, in milliseconds. Default 259,200,000, three days. */
  readonly deadlineMs?: number | undefined;
}

/** When a mail that failed is tried again. */
export class QueueRetry {
  readonly #attempts: number;
  readonly #backoff: Backoff;
  readonly #deadlineMs: number;

  constructor({ attempts = 10, backoff = {}, deadlineMs = 259_200_000 }: QueueRetryOptions) {
    this.#attempts = attempts;
    this.#backoff = { initialMs: 10_000, factor: 3, maxMs: 3_600_000, ...backoff };
    this.#deadlineMs = deadlineMs;
  }

  /**
   * The wait in milliseconds after so many failures; `undefined` where there is no other try.
   * @param sinceMs time since the first try
   */
  delayAfter(
    { retryAfterMs = 0 }: Pick<MailError, "retryAfterMs">,
    failures: number,
    sinceMs: number,
  ): number | undefined {
    if (failures >= this.#attempts) return undefined;
    const delayMs = Math.ceil(Math.max(backoffMs(failures, this.#backoff), retryAfterMs));
    return sinceMs + delayMs < this.#deadlineMs ? delayMs : undefined;
  }
}
