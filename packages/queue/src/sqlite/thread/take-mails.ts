import type { Exchange, ExchangeInput } from "../database-calls.ts";
import { packMails, type TakenRow } from "../pack-mails.ts";
import { readPause } from "./read-mails.ts";
import { priorities } from "./schema.ts";
import type { Row } from "./statements.ts";
import { takeRow } from "./take-row.ts";
import type { WriteTransaction } from "./write-transaction.ts";

const due = `SELECT seq, priority, due_at, id, 0 AS interrupted FROM mail
  WHERE state = 'queued' AND priority = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?`;
// A lease that ends later than it could is from before the clock was set back. One that counts is renewed within a third
// of its time: once the clock has run evenly for half of it, all others are those of workers that died. A worker that was
// held up for long never takes its own mails from itself.
const cutOff = `SELECT seq, priority, due_at, id, 1 AS interrupted FROM mail
  WHERE state = 'sending' AND (leased_until <= ? OR leased_until > ? + lease_ms) AND lease_ms <= 2 * ? AND owner <> ?
  ORDER BY priority, due_at, id LIMIT ?`;

/** Takes mails that are due, or whose worker died, highest priority first. */
export function takeMails(
  transaction: WriteTransaction,
  { owner, leaseMs, want }: ExchangeInput,
): Omit<Exchange, "lost"> {
  const isPaused = want > 0 && readPause(transaction.statements) !== undefined;
  const taken: TakenRow[] = [];
  const damaged: { id: string; problem: string }[] = [];
  for (const { seq, id, interrupted } of isPaused || want <= 0 ? [] : candidates(transaction, owner, want)) {
    const { job, problem } = takeRow(transaction, { seq: Number(seq), owner, leaseMs });
    if (problem !== undefined) damaged.push({ id: String(id), problem });
    if (job !== undefined) taken.push({ seq: Number(seq), job: { ...job, interrupted: interrupted === 1 } });
  }
  return { taken: packMails(taken), damaged };
}

function candidates(transaction: WriteTransaction, owner: string, want: number): Row[] {
  const { statements, clock, now, damage, mayRescue } = transaction;
  const limit = want + damage.mails.size;
  const rescued = mayRescue() ? statements.all(cutOff, now, now, clock.steadyMs(), owner, limit) : [];
  const waiting: Row[] = [];
  for (const priority of priorities) {
    if (waiting.length < limit) waiting.push(...statements.all(due, priority, now, limit - waiting.length));
  }
  // Those that wait come in order.
  const found = rescued.length === 0 ? waiting : [...rescued, ...waiting].sort(byPriority);
  return found.filter(({ seq }) => !damage.mails.has(Number(seq))).slice(0, want);
}

function byPriority(one: Row, other: Row): number {
  const difference =
    Number(one["priority"]) - Number(other["priority"]) || Number(one["due_at"]) - Number(other["due_at"]);
  return difference || (String(one["id"]) < String(other["id"]) ? -1 : 1);
}
