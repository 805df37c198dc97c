import type { ChangeInput } from "../database-calls.ts";
import { dropPayload } from "./drop-payload.ts";
import { storedJob } from "./read-mails.ts";
import type { WriteTransaction } from "./write-transaction.ts";

const findMail = `SELECT mail.*, EXISTS (SELECT 1 FROM payload WHERE payload.seq = mail.seq) AS has_payload
  FROM mail WHERE id = ?`;
const writeMail = `UPDATE mail SET state = ?, record = ?, due_at = coalesce(?, due_at), changed_at = ?,
  owner = NULL, leased_until = NULL, lease_ms = NULL WHERE seq = ?`;

/** Makes a change from outside a worker, where the mail is still what it was when the change was thought of. */
export function changeMail(transaction: WriteTransaction, input: ChangeInput): "changed" | "refused" | "stale" {
  const { statements, now } = transaction;
  const row = statements.get(findMail, input.id);
  if (row === undefined) return "refused";
  const { state, record } = storedJob(row, now);
  if (!input.from.includes(state)) return "refused";
  if (record !== input.before) return "stale";
  if (input.to === "queued" && row["has_payload"] !== 1) return "refused";
  const seq = Number(row["seq"]);
  statements.run(writeMail, input.to, input.record, input.to === "queued" ? now : null, now, seq);
  if (input.to !== "queued") dropPayload(transaction, seq);
  return "changed";
}
