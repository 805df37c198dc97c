import type { AddedJob } from "../../job.ts";
import type { PackedJobs } from "../database-calls.ts";
import type { WriteTransaction } from "./write-transaction.ts";

const findKey = "SELECT id FROM mail_key WHERE key = ? AND kept_until > ?";
const keepKey = `INSERT INTO mail_key (key, id, kept_until) VALUES (?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET id = excluded.id, kept_until = excluded.kept_until`;
// A mail whose adding is tried again after an answer was lost is there already.
const addMail = `INSERT INTO mail (id, state, priority, due_at, created_at, changed_at, tries, record)
  VALUES (?, 'queued', ?, ?, ?, ?, 0, ?) ON CONFLICT (id) DO NOTHING`;
const addPayload = "INSERT INTO payload (seq, body) VALUES (?, ?)";

export function addMails(
  { statements, rate, now }: WriteTransaction,
  { jobs, payloads }: PackedJobs,
): readonly AddedJob[] {
  let offset = 0;
  return jobs.map(({ id, key, keyMs, priority, dueAt, record, size }) => {
    const payload = payloads.subarray(offset, offset + size);
    offset += size;
    if (key !== undefined) {
      const earlier = statements.get(findKey, key, now);
      if (earlier) return { id: String(earlier["id"]), duplicate: true };
    }
    const { changes, row } = statements.run(addMail, id, priority, Math.ceil(dueAt), now, now, record);
    if (changes === 0) return { id, duplicate: true };
    statements.run(addPayload, row, payload);
    if (key !== undefined) statements.run(keepKey, key, id, Math.ceil(now + keyMs));
    rate.added += 1;
    return { id, duplicate: false };
  });
}
