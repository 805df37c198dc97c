import type { Exchange, ExchangeInput, TakenRow } from "../database-calls.ts";
import { readPause } from "./read-mails.ts";
import { priorities } from "./schema.ts";
import type { Row } from "./statements.ts";
import type { WriteTransaction } from "./write-transaction.ts";

const due = `SELECT seq, priority, due_at, id, 0 AS interrupted FROM mail
  WHERE state = 'queued' AND priority = ? AND due_at <= ? ORDER BY due_at, id LIMIT ?`;
// A lease that ends later than it could is from before the clock was set back. One that counts is renewed within a third
// of its time, so after that much of an even clock all others are those of workers that died. A worker that was held up
// for long never takes its own mails from itself.
const cutOff = `SELECT seq, priority, due_at, id, 1 AS interrupted FROM mail
  WHERE state = 'sending' AND (leased_until <= ? OR leased_until > ? + lease_ms) AND lease_ms <= ? AND owner <> ?
  ORDER BY priority, due_at, id LIMIT ?`;
const take = `UPDATE mail
  SET state = 'sending', owner = ?, leased_until = ?, lease_ms = ?, tries = tries + 1, changed_at = ?
  WHERE seq = ? RETURNING id, priority, created_at, tries, record`;
const payloadOf = "SELECT body FROM payload WHERE seq = ?";
const lastCreated = "SELECT created_at FROM mail ORDER BY seq DESC LIMIT 1";
const bringForward = `UPDATE mail SET due_at = ?, changed_at = ?
  WHERE state = 'queued' AND due_at > ? AND changed_at > ? AND (tries > 0 OR due_at <= created_at)`;

/** Takes mails that are due, or whose worker died, highest priority first. */
export function takeMails(
  transaction: WriteTransaction,
  { owner, leaseMs, want }: ExchangeInput,
): Pick<Exchange, "taken" | "damaged"> {
  const { statements, now } = transaction;
  const damaged: { id: string; problem: string }[] = [];
  if (want <= 0 || readPause(statements) !== undefined) return { taken: [], damaged };
  const taken = candidates(transaction, owner, want).map(({ seq, interrupted }): TakenRow => {
    const row = statements.get(take, owner, now + leaseMs, leaseMs, now, seq ?? null) ?? {};
    const { payload, problem } = payloadOfRow(transaction, Number(seq));
    const problems = typeof row["record"] === "string" ? [] : ["its record is no text"];
    problems.push(...(problem === undefined ? [] : [problem]));
    if (problems.length > 0) damaged.push({ id: String(row["id"]), problem: problems.join(", ") });
    return {
      seq: Number(seq),
      job: {
        id: String(row["id"]),
        priority: Number(row["priority"]),
        createdAt: Number(row["created_at"]),
        tries: Number(row["tries"]),
        record: typeof row["record"] === "string" ? row["record"] : "",
        payload,
        interrupted: interrupted === 1,
      },
    };
  });
  return { taken, damaged };
}

function candidates({ statements, clock, now }: WriteTransaction, owner: string, want: number): Row[] {
  const steadyMs = Math.min(clock.steadyMs(), Number.MAX_SAFE_INTEGER);
  const found = [...statements.all(cutOff, now, now, steadyMs, owner, want)];
  for (const priority of priorities) {
    const waiting = statements.all(due, priority, now, want);
    found.push(...waiting);
    if (waiting.length === want) break;
  }
  return found.sort(byPriority).slice(0, want);
}

function byPriority(one: Row, other: Row): number {
  const difference =
    Number(one["priority"]) - Number(other["priority"]) || Number(one["due_at"]) - Number(other["due_at"]);
  return difference || (String(one["id"]) < String(other["id"]) ? -1 : 1);
}

/** A damaged payload is that mail's trouble alone: it is handed out empty, so that the queue gives it up. */
function payloadOfRow({ statements }: WriteTransaction, seq: number): { payload: Uint8Array; problem?: string } {
  const nothing = new Uint8Array();
  try {
    const row = statements.get(payloadOf, seq);
    if (row === undefined) return { payload: nothing, problem: "its payload is missing" };
    const { body } = row;
    return body instanceof Uint8Array ? { payload: body } : { payload: nothing, problem: "its payload is no bytes" };
  } catch (thrown) {
    return {
      payload: nothing,
      problem: `its payload cannot be read: ${thrown instanceof Error ? thrown.message : thrown}`,
    };
  }
}

/** Lets mails go that were due, or soon to be tried again, when the clock was set back. Others wait for their time. */
export function bringMailsForward({ statements, clock, now }: WriteTransaction): void {
  const newest = statements.get(lastCreated)?.["created_at"];
  if (clock.jumps > 0 || Number(newest ?? 0) > now) statements.run(bringForward, now, now, now, now);
}
