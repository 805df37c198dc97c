import type { LedgerState, LedgerStore, MailError } from "@mail/core";
import { toMailError } from "@mail/core";

/** How long entries are kept after their last change, in milliseconds. */
export interface KeepTimes {
  readonly keepMs: number;
  readonly keepDeadMs: number;
}

const pauseMs = 60_000;
/** Wait after a round that left some over. */
const shortPauseMs = 250;
const entriesPerRound = 1_000;

/** Forgets old entries, a bounded number now and then, whenever there is an occasion. */
export class Pruner {
  readonly #ledger: LedgerStore;
  readonly #queue: string;
  readonly #rounds: readonly (readonly [states: readonly LedgerState[], olderThanMs: number])[];
  #nextAt = 0;
  #running: Promise<void> | undefined;

  constructor(ledger: LedgerStore, queue: string, { keepMs, keepDeadMs }: KeepTimes) {
    this.#ledger = ledger;
    this.#queue = queue;
    this.#rounds = [
      [["sent", "cancelled"], keepMs],
      [["dead", "unknown"], keepDeadMs],
    ];
  }

  /** Prunes in the background where it is time to. */
  occasion(onError?: (error: MailError) => void): void {
    if (this.#running !== undefined || performance.now() < this.#nextAt) return;
    this.#running = this.#prune()
      .catch((thrown) => {
        this.#nextAt = performance.now() + pauseMs;
        onError?.(toMailError(thrown));
      })
      .finally(() => {
        this.#running = undefined;
      });
  }

  /** Until a round that has begun is over. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #prune(): Promise<void> {
    let isOver = true;
    for (const [states, olderThanMs] of this.#rounds) {
      const pruned = await this.#ledger.prune(this.#queue, states, olderThanMs, entriesPerRound);
      if (pruned === entriesPerRound) isOver = false;
    }
    this.#nextAt = performance.now() + (isOver ? pauseMs : shortPauseMs);
  }
}
