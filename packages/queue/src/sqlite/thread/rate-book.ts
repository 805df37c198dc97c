import type { LedgerCounts } from "@mail/core";
import type { Statements } from "./statements.ts";

type Rate = LedgerCounts["lastMinute"];

const keepRate = `INSERT INTO rate (second, added, sent, dead) VALUES (?, ?, ?, ?) ON CONFLICT (second)
  DO UPDATE SET added = added + excluded.added, sent = sent + excluded.sent, dead = dead + excluded.dead`;
const forgetRates = "DELETE FROM rate WHERE second NOT BETWEEN ? AND ?";
const sumRates = `SELECT total(added) AS added, total(sent) AS sent, total(dead) AS dead FROM rate
  WHERE second BETWEEN ? AND ?`;
const nothing: Rate = { added: 0, sent: 0, dead: 0 };

/** What happened in each second of the last minute. The present second is counted here, and written when it is over. */
export class RateBook {
  #second = 0;
  #present: Rate = nothing;

  /** True where something is still to be written. */
  get isOpen(): boolean {
    return this.#present !== nothing;
  }

  /** Writes what was counted before, where its second is over, or at once. */
  write(statements: Statements, now: number, atOnce = false): void {
    const second = secondOf(now);
    if (!this.isOpen || (this.#second === second && !atOnce)) return;
    const { added, sent, dead } = this.#present;
    statements.run(keepRate, this.#second, added, sent, dead);
    statements.run(forgetRates, second - 60, second);
  }

  /** Counts what was committed, with what `write` wrote before. */
  committed(rate: Rate, now: number, atOnce = false): void {
    if (this.#second !== secondOf(now) || atOnce) this.#present = nothing;
    this.#second = secondOf(now);
    if (rate.added + rate.sent + rate.dead > 0) this.#present = sum(this.#present, rate);
  }

  ofLastMinute(statements: Statements, now: number): Rate {
    const row = statements.get(sumRates, secondOf(now) - 59, secondOf(now));
    const written = { added: Number(row?.["added"]), sent: Number(row?.["sent"]), dead: Number(row?.["dead"]) };
    return secondOf(now) - this.#second < 60 ? sum(written, this.#present) : written;
  }
}

function secondOf(now: number): number {
  return Math.floor(now / 1000);
}

function sum(one: Rate, other: Rate): Rate {
  return { added: one.added + other.added, sent: one.sent + other.sent, dead: one.dead + other.dead };
}
