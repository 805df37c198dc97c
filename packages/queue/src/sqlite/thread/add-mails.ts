import type { CallInput, PackedJob } from "../database-calls.ts";
import { fromJson } from "../json-text.ts";
import type { WriteTransaction } from "./write-transaction.ts";

const findKey = "SELECT id FROM mail_key WHERE key = ? AND kept_until > ?";
const keepKey = `INSERT INTO mail_key (key, id, kept_until) VALUES (?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET id = excluded.id, kept_until = excluded.kept_until`;
// A mail whose adding is tried again after an answer was lost is there already.
const addRow = `INSERT INTO mail (id, state, priority, due_at, created_at, changed_at, tries, record)
  VALUES (?, 'queued', ?, ?, ?, ?, 0, ?) ON CONFLICT (id) DO NOTHING`;
// Node 22 binds no bytes as NULL.
const addPayload = "INSERT INTO payload (seq, body) VALUES (?, coalesce(?, x''))";

/** @returns for each the id of the earlier one that counts, or `undefined` where it was added */
export function addMails(
  transaction: WriteTransaction,
  jobs: CallInput<"add">,
  payloads: Uint8Array,
): readonly (string | undefined)[] {
  return fromJson(jobs).map((job) => addMail(transaction, job, payloads));
}

function addMail(
  { statements, rate, now }: WriteTransaction,
  job: PackedJob,
  payloads: Uint8Array,
): string | undefined {
  const [id, key, keyMs, priority, dueAt, record, start, end] = job;
  const earlier = key === null ? undefined : statements.get(findKey, key, now);
  if (earlier !== undefined) return String(earlier["id"]);
  const { changes, row } = statements.run(addRow, id, priority, Math.ceil(dueAt), now, now, record);
  if (changes === 0) return id;
  statements.run(addPayload, row, payloads.subarray(start, end));
  if (key !== null) statements.run(keepKey, key, id, Math.ceil(now + keyMs));
  rate.added += 1;
  return undefined;
}
