import { type CountedOutcome, outcomesOf, type TrackedMail } from "@mail/core";
import { addressKey, storedText } from "../stored-key.ts";
import { eventOf } from "../tracking-row.ts";
import type { SqliteTransaction } from "./sqlite-database.ts";

/** Of those that were there the address and tags stay. */
const upsert = `
  INSERT INTO outcomes (mail, recipient_key, type, at, permanent, recipient, reason, transport, domain, tags)
  VALUES (:mail, :recipientKey, :type, :at, :permanent, :recipient, :reason, :transport, :domain, :tags)
  ON CONFLICT (mail, recipient_key, type) DO UPDATE SET
    reason = CASE WHEN excluded.at < at THEN excluded.reason ELSE reason END,
    at = min(at, excluded.at), permanent = max(permanent, excluded.permanent)
  WHERE excluded.at < at OR excluded.permanent > permanent`;

export function putOutcome(transaction: SqliteTransaction, mail: string, outcome: CountedOutcome): void {
  const { recipient, type, at, reason, permanent, transport, domain, tags } = outcome;
  transaction.run(upsert, {
    ...{ mail, type, at, recipientKey: addressKey(recipient), recipient: storedText(recipient) },
    ...{ permanent: permanent ? 1 : 0, reason: reason ?? null, tags: JSON.stringify(tags) },
    ...{ transport: storedText(transport), domain: storedText(domain) },
  });
}

/** Makes the outcomes of a mail anew from its events. */
export function remakeOutcomes(transaction: SqliteTransaction, key: string, mail: TrackedMail | undefined): void {
  transaction.run("DELETE FROM outcomes WHERE mail = :key", { key });
  const rows = transaction.all("SELECT at, record FROM tracked_events WHERE mail = :key ORDER BY seq", { key });
  for (const outcome of outcomesOf(rows.map(eventOf), mail)) putOutcome(transaction, key, outcome);
}
