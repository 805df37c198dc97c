import type { TakenJob } from "../../job.ts";
import { isDamage, isMistyped } from "./failure.ts";
import type { WriteTransaction } from "./write-transaction.ts";

const take = `UPDATE mail
  SET state = 'sending', owner = ?, leased_until = ?, lease_ms = ?, tries = tries + 1, changed_at = ?
  WHERE seq = ? RETURNING id, priority, created_at, tries, record`;
const emptyRecord = "UPDATE mail SET record = '' WHERE seq = ?";
const payloadOf = "SELECT body FROM payload WHERE seq = ?";

interface Taking {
  readonly seq: number;
  readonly owner: string;
  readonly leaseMs: number;
}

type Mail = Omit<TakenJob, "payload" | "interrupted">;

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
    return withPayload(transaction, taking.seq, mark(transaction, taking));
  } catch (thrown) {
    if (!isMistyped(thrown)) throw thrown;
  }
  try {
    transaction.statements.run(emptyRecord, taking.seq);
    const { job } = withPayload(transaction, taking.seq, mark(transaction, taking));
    return { job, problem: "its record cannot be read" };
  } catch (thrown) {
    if (!isMistyped(thrown)) throw thrown;
    transaction.damage.mails.add(taking.seq);
    return { problem: `its row is not what it was: ${thrown.message}` };
  }
}

function mark({ statements, damage, now }: WriteTransaction, { seq, owner, leaseMs }: Taking): Mail {
  try {
    const row = statements.get(take, owner, now + leaseMs, leaseMs, now, seq);
    return {
      id: String(row?.["id"]),
      priority: Number(row?.["priority"]),
      createdAt: Number(row?.["created_at"]),
      tries: Number(row?.["tries"]),
      record: String(row?.["record"]),
    };
  } catch (thrown) {
    if (isDamage(thrown)) damage.mails.add(seq);
    throw thrown;
  }
}

function withPayload(
  { statements, damage }: WriteTransaction,
  seq: number,
  mail: Mail,
): Required<Pick<TakenOrNot, "job">> & TakenOrNot {
  const job = { ...mail, payload: new Uint8Array() };
  if (damage.payloads.has(seq)) return { job, problem: "its payload cannot be read" };
  try {
    const body = statements.get(payloadOf, seq)?.["body"];
    if (body instanceof Uint8Array) return { job: { ...job, payload: body } };
    return { job, problem: "its payload is missing or no bytes" };
  } catch (thrown) {
    if (isDamage(thrown)) damage.payloads.add(seq);
    throw thrown;
  }
}
