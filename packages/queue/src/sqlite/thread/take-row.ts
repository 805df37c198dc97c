import type { TakenJob } from "../../job.ts";
import { isDamage, isMistyped } from "./failure.ts";
import type { WriteTransaction } from "./write-transaction.ts";

const take = `UPDATE mail
  SET state = 'sending', owner = ?, leased_until = ?, lease_ms = ?, tries = tries + 1, changed_at = ?
  WHERE seq = ? RETURNING id, priority, created_at, tries, record`;
const takeWhole = `${take}, (SELECT body FROM payload WHERE payload.seq = mail.seq) AS body`;
const emptyRecord = "UPDATE mail SET record = '' WHERE seq = ?";

interface Taking {
  readonly seq: number;
  readonly owner: string;
  readonly leaseMs: number;
}

interface TakenOrNot {
  readonly job?: Omit<TakenJob, "interrupted">;
  readonly problem?: string;
}

/**
 * Marks one mail as being sent. What is damaged is that mail's trouble alone: it goes without its record or payload, so
 * that the queue gives it up, and where its row cannot be written at all it is left alone.
 */
export function takeRow(transaction: WriteTransaction, taking: Taking): TakenOrNot {
  try {
    return mark(transaction, taking);
  } catch (thrown) {
    if (!isMistyped(thrown)) throw thrown;
  }
  try {
    transaction.statements.run(emptyRecord, taking.seq);
    return { ...mark(transaction, taking), problem: "its record cannot be read" };
  } catch (thrown) {
    if (!isMistyped(thrown)) throw thrown;
    transaction.damage.mails.add(taking.seq);
    return { problem: `its row is not what it was: ${thrown.message}` };
  }
}

function mark({ statements, damage, now }: WriteTransaction, { seq, owner, leaseMs }: Taking): TakenOrNot {
  const isWhole = !damage.payloads.has(seq);
  try {
    const row = statements.get(isWhole ? takeWhole : take, owner, now + leaseMs, leaseMs, now, seq) ?? {};
    const { body } = row;
    const job = {
      id: String(row["id"]),
      priority: Number(row["priority"]),
      createdAt: Number(row["created_at"]),
      tries: Number(row["tries"]),
      record: String(row["record"]),
      payload: body instanceof Uint8Array ? body : new Uint8Array(),
    };
    if (body instanceof Uint8Array) return { job };
    return { job, problem: isWhole ? "its payload is missing or no bytes" : "its payload cannot be read" };
  } catch (thrown) {
    if (isDamage(thrown)) (isWhole ? damage.payloads : damage.mails).add(seq);
    throw thrown;
  }
}
