import { untilAborted } from "./abort.ts";
import { longestTimerMs } from "./longest-timer.ts";
import type { MailError } from "./mail-error.ts";
import type { LimitStore, RateLimit } from "./store.ts";
import { wait } from "./wait.ts";

/** What a mail wants of a limit. */
export interface Places {
  readonly limit: RateLimit;
  readonly count: number;
  readonly signal: AbortSignal;
  /** `performance.now()` after which it waits no longer; infinite where it has the time. */
  readonly endAt: number;
  /** Told where the limit is full, with how long the wait is at least; may be told again. */
  readonly onWait: (waitMs: number) => void;
  /** The error for a wait beyond `endAt`. */
  readonly tooLong: (waitMs: number) => MailError;
}

/** Mails of this process that wait for places under one key: first come, first served. */
export class LimitQueue {
  readonly #limits: LimitStore;
  readonly #key: string;
  /** Settles when everybody who came before has a place or has given up. */
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** When the one in front asks again; in the past where nobody knows of a full limit. */
  #nextAskAt = 0;
  /** Of those behind who do not know of a full limit: called when the one in front has to wait. */
  readonly #behind = new Set<(waitMs: number) => void>();

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
    const { limit, count, signal, endAt, onWait, tooLong } = places;
    if (!inFront) await this.#untilTurn(before, places);
    while (true) {
      const waitMs = await untilAborted(this.#limits.take(this.#key, limit, count), signal);
      if (waitMs <= 0) return;
      if (performance.now() + waitMs > endAt) throw tooLong(waitMs);
      this.#nextAskAt = performance.now() + waitMs;
      onWait(waitMs);
      const behind = [...this.#behind];
      this.#behind.clear();
      for (const tell of behind) tell(waitMs);
      await wait(waitMs, signal);
    }
  }

  /** A queue alone is no full limit: the store may only take its time. */
  async #untilTurn(before: Promise<void>, { signal, endAt, onWait, tooLong }: Places): Promise<void> {
    const { promise: givenUp, reject } = Promise.withResolvers<never>();
    const onFull = (waitMs: number): void => {
      if (performance.now() + waitMs > endAt) reject(tooLong(waitMs));
      else onWait(waitMs);
    };
    const look = (): void => {
      const fullForMs = this.#nextAskAt - performance.now();
      if (fullForMs > 0) onFull(fullForMs);
      else this.#behind.add(onFull);
    };
    look();
    const leftMs = Math.ceil(endAt - performance.now());
    const timer = leftMs > longestTimerMs ? undefined : setTimeout(look, leftMs);
    try {
      await untilAborted(Promise.race([before, givenUp]), signal);
    } finally {
      clearTimeout(timer);
      this.#behind.delete(onFull);
    }
  }
}
