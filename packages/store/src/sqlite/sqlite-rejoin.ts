import { eventOf, eventRow } from "../tracking-row.ts";
import type { SqliteSteps, SqliteTransaction } from "./sqlite-database.ts";
import { SqliteMailLookup } from "./sqlite-mail-lookup.ts";
import { remakeOutcomes } from "./sqlite-outcomes.ts";

/** Mails or events in one step. */
const rowsPerStep = 100;

/** Brings up to date what came before: the events of these mails, and those of no mail that have one of these names. */
export function* rejoinEvents(
  transaction: SqliteTransaction,
  changed: ReadonlySet<string>,
  names: ReadonlySet<string>,
): SqliteSteps<void> {
  const mails = new SqliteMailLookup(transaction);
  const touched = new Set(changed);
  let count = 0;
  for (const name of names) {
    const rows = transaction.all(
      `SELECT seq, mail, at, record FROM tracked_events WHERE provider_name = :name
       UNION SELECT seq, mail, at, record FROM tracked_events WHERE message_name = :name`,
      { name },
    );
    for (const row of rows) {
      if (++count % rowsPerStep === 0) yield;
      const { seq = null, mail: before } = row;
      const mail = mails.keyFor(eventRow(eventOf(row)));
      if (mail === before) continue;
      transaction.run("UPDATE tracked_events SET mail = :mail WHERE seq = :seq", { mail, seq });
      touched.add(mail).add(String(before));
    }
  }
  for (const key of touched) {
    if (++count % rowsPerStep === 0) yield;
    if (transaction.get("SELECT 1 FROM tracked_events WHERE mail = :key LIMIT 1", { key }) === undefined) {
      transaction.run("DELETE FROM outcomes WHERE mail = :key", { key });
      continue;
    }
    const mail = mails.find(key);
    const recorded = mail === undefined ? 0 : 1;
    transaction.run("UPDATE tracked_events SET recorded = :recorded WHERE mail = :key AND recorded <> :recorded", {
      ...{ key, recorded },
    });
    remakeOutcomes(transaction, key, mail);
  }
}
