import type { LedgerEntry, NewLedgerEntry } from "@mail/core";
import type { BrokerMessage } from "../broker.ts";
import type { JobState, StoredJob } from "../job.ts";

type EntryFields = Pick<BrokerMessage, "id" | "key" | "keyMs" | "priority" | "dueAt" | "record">;

/** What the ledger is to know of a mail. */
export function ledgerEntry({ id, key, keyMs, priority, dueAt, record }: EntryFields): NewLedgerEntry {
  return { id, ...(key !== undefined && { key, keyMs }), priority, dueAt, record };
}

export function jobStateOf({ state, dueAt }: LedgerEntry): JobState {
  return state === "queued" && dueAt > Date.now() ? "scheduled" : state;
}

export function storedJob(entry: LedgerEntry): StoredJob {
  const { id, priority, dueAt, createdAt, changedAt, tries, record } = entry;
  return { id, state: jobStateOf(entry), priority, dueAt, createdAt, changedAt, tries, record };
}
