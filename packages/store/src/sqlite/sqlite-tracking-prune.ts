import { storedTime } from "../ledger-times.ts";
import { storedKey } from "../stored-key.ts";
import { recordIn } from "../tracking-row.ts";
import type { SqliteSteps, SqliteTransaction } from "./sqlite-database.ts";
import { remakeOutcomes } from "./sqlite-outcomes.ts";

const mailsPerStep = 50;

/** @returns how many mails or events are forgotten, whichever is more */
export function* pruneTracking(transaction: SqliteTransaction, before: number, limit: number): SqliteSteps<number> {
  const old = { before: storedTime(before), limit };
  const mails = transaction.all(
    "SELECT key, record FROM tracked_mails WHERE at < :before ORDER BY at LIMIT :limit",
    old,
  );
  let [pruned, events] = [0, 0];
  for (const { key = null, record } of mails) {
    if (pruned % mailsPerStep === mailsPerStep - 1) yield;
    events += transaction.run(
      `DELETE FROM tracked_events WHERE seq IN (SELECT seq FROM tracked_events WHERE mail = :key LIMIT :left)`,
      { key, left: limit - events },
    );
    if (transaction.get("SELECT 1 FROM tracked_events WHERE mail = :key LIMIT 1", { key }) !== undefined) break;
    transaction.run("DELETE FROM outcomes WHERE mail = :key", { key });
    for (const name of recordIn(record)?.names ?? [])
      transaction.run("DELETE FROM mail_names WHERE name = :name AND mail = :key", { name: storedKey(name), key });
    transaction.run("DELETE FROM tracked_mails WHERE key = :key", { key });
    pruned++;
  }
  const unrecorded = transaction.all(
    `DELETE FROM tracked_events WHERE seq IN (SELECT seq FROM tracked_events
       WHERE recorded = 0 AND at < :before ORDER BY at LIMIT :limit) RETURNING mail`,
    { ...old, limit: limit - events },
  );
  const groups = new Set(unrecorded.map(({ mail }) => String(mail)));
  for (const group of groups) remakeOutcomes(transaction, group, undefined);
  return Math.max(pruned, events + unrecorded.length);
}
