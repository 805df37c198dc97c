import type { LedgerChange, LedgerEntry, MailError } from "@mail/core";
import type { BrokerMessage } from "../broker.ts";
import type { Settlement } from "../job.ts";
import { keepTrying } from "./keep-trying.ts";
import { ledgerEntry } from "./ledger-entry.ts";
import type { QueueLedger } from "./queue-ledger.ts";

export interface SettledMail {
  readonly message: BrokerMessage;
  readonly owner: string;
  readonly settlement: Settlement;
}

/**
 * Writes down what became of a mail, again and again while the ledger is away.
 * @returns false, and nothing is changed, where the mail has another owner by now
 */
export async function recordSettlement(
  ledger: QueueLedger,
  mail: SettledMail,
  onError: (error: MailError) => void,
): Promise<boolean> {
  return await keepTrying(() => record(ledger, mail), onError);
}

async function record(ledger: QueueLedger, { message, owner, settlement }: SettledMail): Promise<boolean> {
  const { id } = message;
  const set = changeTo(settlement, message.payload);
  if ((await ledger.change({ id, where: { states: ["sending"], owner }, set })) !== undefined) return true;
  const entry = await ledger.find(id);
  if (entry !== undefined) return isRecorded(entry, owner, settlement);
  // The ledger has lost its memory, and must learn that this mail is not to be sent anew.
  if ((await ledger.add(ledgerEntry({ ...message, record: settlement.record }))) !== id) return false;
  return (await ledger.change({ id, where: { states: ["queued"] }, set })) !== undefined;
}

function changeTo(settlement: Settlement, payload: Uint8Array): LedgerChange["set"] {
  const { state, record } = settlement;
  if (state === "sent" || state === "cancelled") return { state, record, payload: null };
  if (state !== "queued") return { state, record, payload };
  const { dueAt, isTry } = settlement;
  return { state, record, dueAt, ...(!isTry && { tries: -1 }) };
}

/** The answer to the change may have been lost. Owners are left in entries, so that each can see its own. */
function isRecorded(entry: LedgerEntry, owner: string, { state, record }: Settlement): boolean {
  return entry.owner === owner && entry.state === state && entry.record === record;
}
