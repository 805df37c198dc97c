import { deadline, untilAborted } from "./abort.ts";
import type { MailError } from "./mail-error.ts";
import type { LimitStore, RateLimit } from "./store.ts";
import { wait } from "./wait.ts";

/** What a mail wants of a limit. */
export interface Places {
  readonly limit: RateLimit;
  readonly count: number;
  readonly signal: AbortSignal;
  readonly maxWaitMs: number | undefined;
  /** Told once where there is a wait, with how long it is at least. */
  readonly onWait: (waitMs: number) => void;
  /** The error for a wait of more than `maxWaitMs`. */
  readonly tooLong: (waitMs: number) => MailError;
}

/** Mails of this process that wait for places under one key: first come, first served. */
export class LimitQueue {
  readonly #limits: LimitStore;
  readonly #key: string;
  /** Settles when everybody who came before has a place or has given up. */
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** When the one in front asks again. */
  #nextAskAt = 0;

  constructor(limits: LimitStore, key: string) {
    this.#limits = limits;
    this.#key = key;
  }

  get isIdle(): boolean {
    return this.#waiting === 0;
  }

  /** Takes places, and waits for them where it must. @throws MailError `aborted` or `timeout` by the signal; `tooLong` */
  async take(places: Places): Promise<void> {
    const before = this.#turn;
    const { promise: done, resolve: leave } = Promise.withResolvers<void>();
    this.#turn = before.then(() => done);
    const inFront = this.#waiting++ === 0;
    try {
      await this.#waitForPlaces(places, before, inFront);
    } finally {
      this.#waiting--;
      leave();
    }
  }

  async #waitForPlaces(places: Places, before: Promise<void>, inFront: boolean): Promise<void> {
    const { limit, count, signal, maxWaitMs = Number.POSITIVE_INFINITY, onWait, tooLong } = places;
    const end = performance.now() + maxWaitMs;
    let told = false;
    const tell = (waitMs: number): void => {
      if (!told) onWait(waitMs);
      told = true;
    };
    if (!inFront) {
      const leastMs = Math.max(0, this.#nextAskAt - performance.now());
      if (leastMs > maxWaitMs) throw tooLong(leastMs);
      tell(leastMs);
      await this.#untilTurn(before, signal, maxWaitMs, tooLong);
    }
    while (true) {
      const waitMs = await untilAborted(this.#limits.take(this.#key, limit, count), signal);
      if (waitMs <= 0) return;
      if (performance.now() + waitMs > end) throw tooLong(waitMs);
      this.#nextAskAt = performance.now() + waitMs;
      tell(waitMs);
      await wait(waitMs, signal);
    }
  }

  async #untilTurn(
    before: Promise<void>,
    signal: AbortSignal,
    maxWaitMs: number,
    tooLong: Places["tooLong"],
  ): Promise<void> {
    using limit = deadline(signal, Number.isFinite(maxWaitMs) ? maxWaitMs : undefined);
    try {
      await untilAborted(before, limit.signal);
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      throw tooLong(Math.max(0, this.#nextAskAt - performance.now()));
    }
  }
}
