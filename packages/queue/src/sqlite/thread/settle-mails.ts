import type { ExchangeInput } from "../database-calls.ts";
import { fromJson } from "../json-text.ts";
import { dropPayload } from "./drop-payload.ts";
import type { WriteTransaction } from "./write-transaction.ts";

const settle = `UPDATE mail SET state = ?, record = ?, due_at = coalesce(?, due_at), tries = tries - ?, changed_at = ?,
  owner = NULL, leased_until = NULL, lease_ms = NULL WHERE seq = ? AND state = 'sending' AND owner = ?`;
const renew = `UPDATE mail SET leased_until = ?, lease_ms = ? WHERE seq = ? AND state = 'sending' AND owner = ?`;

/** Records what became of mails. @returns the rows that their worker has lost to another */
export function settleMails(transaction: WriteTransaction, { owner, settled }: ExchangeInput): readonly number[] {
  const { statements, rate, now } = transaction;
  return fromJson(settled).flatMap(([seq, state, record, dueAt, isTry]) => {
    const { changes } = statements.run(settle, state, record, dueAt, isTry ? 0 : 1, now, seq, owner);
    if (changes === 0) return [seq];
    if (state === "sent" || state === "dead") rate[state] += 1;
    if (state === "sent" || state === "cancelled") dropPayload(transaction, seq);
    return [];
  });
}

export function renewLeases(
  { statements, now }: WriteTransaction,
  { owner, leaseMs, seqs }: { readonly owner: string; readonly leaseMs: number; readonly seqs: readonly number[] },
): readonly number[] {
  return seqs.filter((seq) => statements.run(renew, now + leaseMs, leaseMs, seq, owner).changes === 0);
}
