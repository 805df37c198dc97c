import { MailError, misconfigured, redactError } from "@mail/core";

/** What a failure of the server means. */
export interface Failure {
  readonly error: MailError;
  /** Whether the same call may succeed in a moment: a broken connection, a server that starts. */
  readonly passing: boolean;
}

export interface StoreCallsOptions {
  readonly timeoutMs: number;
  readonly explain: (thrown: unknown) => Failure;
  /** What must not be seen in an error. */
  readonly secrets?: readonly string[];
  /** Lets go of what hangs. */
  readonly onTimeout?: () => void;
}

/** Told how long it has, and by the signal when that time is up. */
type Work<T> = (leftMs: number, signal: AbortSignal) => Promise<T>;

const firstPauseMs = 10;
const longestPauseMs = 250;

/**
 * The calls to a store: repeated over broken connections until their time is up, never longer, and drained by `close`.
 * Whatever is called must bear being repeated.
 */
export class StoreCalls {
  readonly #options: StoreCallsOptions;
  readonly #inFlight = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  constructor(options: StoreCallsOptions) {
    this.#options = options;
  }

  /** @throws MailError `configuration` once closed; what `explain` says; `unavailable` when the time is up */
  async run<T>(work: Work<T>): Promise<T> {
    if (this.#closed !== undefined)
      throw misconfigured("store", "is closed", "Make a new store, or close this one later.");
    const running = this.#attempts(work);
    this.#inFlight.add(running);
    try {
      return await running;
    } finally {
      this.#inFlight.delete(running);
    }
  }

  /** Refuses further calls, waits for those in flight, then calls `end`. The second call waits for the first. */
  close(end: () => Promise<void> | void): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#inFlight).then(end);
    return this.#closed;
  }

  async #attempts<T>(work: Work<T>): Promise<T> {
    const { timeoutMs, explain, secrets = [] } = this.#options;
    const end = performance.now() + timeoutMs;
    let pauseMs = firstPauseMs;
    while (true) {
      try {
        const leftMs = Math.max(1, Math.ceil(end - performance.now()));
        return await this.#within(work, leftMs);
      } catch (thrown) {
        const { error, passing } = MailError.is(thrown) ? { error: thrown, passing: false } : explain(thrown);
        if (!passing || performance.now() + pauseMs >= end) throw redactError(error, secrets);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        pauseMs = Math.min(longestPauseMs, pauseMs * 2);
      }
    }
  }

  /** The timer also keeps the process alive while a call is under way: idle connections do not. */
  async #within<T>(work: Work<T>, leftMs: number): Promise<T> {
    const controller = new AbortController();
    const { promise: timeUp, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      this.#options.onTimeout?.();
      reject(
        new MailError(`The store did not answer within ${this.#options.timeoutMs} ms.`, {
          code: "unavailable",
          hint: "See why the store or the way to it is slow, or raise timeoutMs.",
        }),
      );
      controller.abort();
    }, leftMs);
    try {
      return await Promise.race([work(leftMs, controller.signal), timeUp]);
    } finally {
      clearTimeout(timer);
    }
  }
}
