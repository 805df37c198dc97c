import type { LedgerCounts } from "@mail/core";
import type { Statements } from "./statements.ts";

type Rate = LedgerCounts["lastMinute"];

const keepRate = `INSERT INTO rate (second, added, sent, dead) VALUES (?, ?, ?, ?) ON CONFLICT (second)
  DO UPDATE SET added = added + excluded.added, sent = sent + excluded.sent, dead = dead + excluded.dead`;
const forgetRates = "DELETE FROM rate WHERE second NOT BETWEEN ? AND ?";
const sumRates = `SELECT total(added) AS added, total(sent) AS sent, total(dead) AS dead FROM rate
  WHERE second BETWEEN ? AND ?`;

/** Counts what happens in this second, in one row for each second of the last minute. */
export function addToRate(statements: Statements, { added, sent, dead }: Rate, now: number): void {
  if (added + sent + dead === 0) return;
  const second = Math.floor(now / 1000);
  statements.run(keepRate, second, added, sent, dead);
  statements.run(forgetRates, second - 60, second);
}

export function rateOfLastMinute(statements: Statements, now: number): Rate {
  const second = Math.floor(now / 1000);
  const row = statements.get(sumRates, second - 59, second);
  return { added: Number(row?.["added"]), sent: Number(row?.["sent"]), dead: Number(row?.["dead"]) };
}
