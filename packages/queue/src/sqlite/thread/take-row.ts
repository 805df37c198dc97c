import type { TakenJob } from "../../job.ts";
import { isDamage, isMistyped } from "./failure.ts";
import type { Row } from "./statements.ts";
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
    return readTaken(transaction, taking, mark(transaction, taking));
  } catch (thrown) {
    if (!isMistyped(thrown)) throw noted(transaction, taking, thrown);
  }
  try {
    transaction.statements.run(emptyRecord, taking.seq);
    const { job } = readTaken(transaction, taking, mark(transaction, taking));
    return { ...(job && { job }), problem: "its record cannot be read" };
  } catch (thrown) {
    if (!isMistyped(thrown)) throw noted(transaction, taking, thrown);
    transaction.unusable.add(taking.seq);
    return { problem: `its row is not what it was: ${thrown.message}` };
  }
}

/** A row that is damaged fails the transaction, and is left alone when it is repeated. */
function noted({ unusable }: WriteTransaction, { seq }: Taking, thrown: unknown): unknown {
  if (isDamage(thrown)) unusable.add(seq);
  return thrown;
}

function mark({ statements, now }: WriteTransaction, { seq, owner, leaseMs }: Taking): Row {
  return statements.get(take, owner, now + leaseMs, leaseMs, now, seq) ?? {};
}

function readTaken({ statements }: WriteTransaction, { seq }: Taking, row: Row): TakenOrNot {
  const job = {
    id: String(row["id"]),
    priority: Number(row["priority"]),
    createdAt: Number(row["created_at"]),
    tries: Number(row["tries"]),
    record: String(row["record"]),
  };
  try {
    const body = statements.get(payloadOf, seq)?.["body"];
    if (body instanceof Uint8Array) return { job: { ...job, payload: body } };
    return { job: { ...job, payload: new Uint8Array() }, problem: "its payload is missing or no bytes" };
  } catch (thrown) {
    if (!isDamage(thrown)) throw thrown;
    return { job: { ...job, payload: new Uint8Array() }, problem: `its payload cannot be read: ${thrown.message}` };
  }
}
