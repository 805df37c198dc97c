import type { KvBucket } from "./kv-bucket.ts";
import { keys } from "./kv-ledger-names.ts";

const remeasureMs = 60_000;
/** A measurement that takes no longer than this is exact enough, in milliseconds. */
const exactMs = 20;
const maxRounds = 3;
/** By so much this host's clock may stray from its steady one before it counts as put or as having slept. */
const strayMs = 1_000;

/**
 * The server's clock, so that all processes share one: measured by what time it gives to something written just now, every
 * minute, and at once when this host's clock was put or the host has slept.
 */
export class KvLedgerClock {
  #offsetMs = 0;
  #measuredAt = Number.NEGATIVE_INFINITY;
  #lead = 0;
  #measuring: Promise<void> | undefined;

  async now(bucket: KvBucket): Promise<number> {
    if (!this.#isFresh()) {
      this.#measuring ??= this.#measure(bucket).finally(() => {
        this.#measuring = undefined;
      });
      await this.#measuring;
    }
    return Math.round(Date.now() + this.#offsetMs);
  }

  #isFresh(): boolean {
    const steady = performance.now();
    return steady - this.#measuredAt < remeasureMs && Math.abs(Date.now() - steady - this.#lead) < strayMs;
  }

  async #measure(bucket: KvBucket): Promise<void> {
    let shortest = Number.POSITIVE_INFINITY;
    for (let round = 0; round < maxRounds && shortest > exactMs; round++) {
      const lead = Date.now() - performance.now();
      const begin = Date.now();
      const revision = await bucket.put(keys.clock, "");
      const written = Date.now();
      const found = await bucket.get(keys.clock);
      if (found === undefined) continue;
      // Another process may have written after this one.
      const end = found.revision === revision ? written : Date.now();
      if (end - begin >= shortest) continue;
      shortest = end - begin;
      this.#offsetMs = found.created.getTime() - (begin + end) / 2;
      this.#lead = lead;
      this.#measuredAt = performance.now();
    }
  }
}
