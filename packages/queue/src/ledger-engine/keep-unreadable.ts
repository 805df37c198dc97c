import { createHash } from "node:crypto";
import { type LedgerStore, MailError, mailErrorToJson } from "@mail/core";
import { newRecord, recordToText } from "../queue-record.ts";
import { keepTrying } from "./keep-trying.ts";

/** Keeps a message's body that cannot be read among the dead letters, so that it is not lost in silence. */
export async function keepUnreadable(
  ledger: LedgerStore,
  queue: string,
  body: Uint8Array,
  reason: string,
  onError: (error: MailError) => void,
): Promise<void> {
  const error = new MailError(`A message of the queue cannot be read: ${reason}`, {
    code: "invalid_message",
    hint: "Something else writes to this queue, or a newer version of this package. It is kept as a dead letter.",
  });
  onError(error);
  const record = recordToText({ ...newRecord([]), error: mailErrorToJson(error) });
  // The same each time, should the message come again.
  const id = `unreadable-${createHash("sha256").update(body).digest("hex").slice(0, 32)}`;
  await keepTrying(async () => {
    await ledger.add(queue, [{ id, priority: 1, dueAt: Date.now(), record }]);
    await ledger.change(queue, [{ id, where: { states: ["queued"] }, set: { state: "dead", payload: body } }]);
  }, onError);
}
