import type { Logger, TrackingStore } from "@mail/core";
import type { InFlight } from "./in-flight.ts";

interface RetentionParts {
  readonly tracking: TrackingStore;
  readonly retainMs: number;
  readonly inFlight: InFlight;
  readonly log: Logger;
}

const hourMs = 3_600_000;
/** Forgotten at once: other callers of the store get their turn in between. */
const atOnce = 1_000;

/** Forgets what is old: once an hour, from the first use on. */
export class Retention {
  readonly #parts: RetentionParts;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #pruning: Promise<number> | undefined;

  constructor(parts: RetentionParts) {
    this.#parts = parts;
  }

  /** The tracker is in use. */
  start(): void {
    if (this.#closed || this.#timer !== undefined) return;
    this.#timer = setInterval(() => void this.#pruneQuietly(), hourMs).unref();
  }

  stop(): void {
    this.#closed = true;
    clearInterval(this.#timer);
  }

  /** A call while another one is at work shares it. */
  prune(): Promise<number> {
    this.#pruning ??= this.#parts.inFlight.track(
      this.#prune().finally(() => {
        this.#pruning = undefined;
      }),
    );
    return this.#pruning;
  }

  async #prune(): Promise<number> {
    const { tracking, retainMs } = this.#parts;
    const before = Date.now() - retainMs;
    let total = 0;
    while (true) {
      const count = await tracking.prune(before, atOnce);
      total += count;
      if (count < atOnce || this.#closed) return total;
    }
  }

  async #pruneQuietly(): Promise<void> {
    const { log, retainMs } = this.#parts;
    try {
      const count = await this.prune();
      log.debug({ count, retainMs }, "Old mails and events were forgotten");
    } catch (error) {
      log.warn({ error }, "Old mails and events could not be forgotten; tried again in an hour");
    }
  }
}
