import type { ThreadSettings } from "../database-calls.ts";
import { dropPayload } from "./drop-payload.ts";
import type { WriteTransaction } from "./write-transaction.ts";

/** Rows that are looked at in one transaction. */
const stride = 500;

const nextRows = "SELECT seq, state, created_at, changed_at FROM mail WHERE seq > ? ORDER BY seq LIMIT ?";
const forgetMail = "DELETE FROM mail WHERE seq = ?";
const forgetKeys = `DELETE FROM mail_key WHERE key IN
  (SELECT key FROM mail_key WHERE kept_until <= ? ORDER BY kept_until LIMIT ?)`;

/** Forgets mails that were settled long ago, a few at a time, as part of other writing. */
export class Sweeper {
  readonly #settings: ThreadSettings;
  #last = performance.now();
  #cursor = 0;

  constructor(settings: ThreadSettings) {
    this.#settings = settings;
  }

  sweep(transaction: WriteTransaction): void {
    const { statements, clock, now } = transaction;
    const { sweepEveryMs, keepMs, keepDeadMs } = this.#settings;
    // A clock that was just set may be wrong, and what is forgotten does not come back.
    if (performance.now() - this.#last < sweepEveryMs || clock.steadyMs() < sweepEveryMs) return;
    const rows = statements.all(nextRows, this.#cursor, stride);
    for (const { seq, state, changed_at } of rows) {
      const keepFor = state === "sent" || state === "cancelled" ? keepMs : keepDeadMs;
      if (state === "queued" || state === "sending" || Number(changed_at) > now - keepFor) continue;
      dropPayload(transaction, Number(seq));
      statements.run(forgetMail, Number(seq));
    }
    statements.run(forgetKeys, now, stride);
    const end = rows.at(-1);
    const isPast = Number(end?.["created_at"]) <= now - Math.min(keepMs, keepDeadMs);
    if (rows.length === stride && isPast) this.#cursor = Number(end?.["seq"]);
    else {
      this.#cursor = 0;
      this.#last = performance.now();
    }
  }
}
