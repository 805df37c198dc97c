import type { LedgerChange, LedgerEntry, LedgerStore, NewLedgerEntry } from "@mail/core";
import { Batcher } from "./batcher.ts";

/** Entries in one call at most. */
const maxItems = 500;

/** One queue's part of a ledger, for a worker that asks about each mail alone: its questions share calls. */
export interface QueueLedger {
  /** @returns the id that counts */
  add(entry: NewLedgerEntry): Promise<string>;
  find(id: string): Promise<LedgerEntry | undefined>;
  change(change: LedgerChange): Promise<LedgerEntry | undefined>;
}

export function queueLedger(ledger: LedgerStore, queue: string): QueueLedger {
  const adds = new Batcher<NewLedgerEntry, string>((entries) => ledger.add(queue, entries), maxItems);
  const finds = new Batcher<string, LedgerEntry | undefined>((ids) => ledger.find(queue, ids), maxItems);
  const changes = new Batcher<LedgerChange, LedgerEntry | undefined>((all) => ledger.change(queue, all), maxItems);
  return {
    add: (entry) => adds.ask(entry),
    find: (id) => finds.ask(id),
    change: (change) => changes.ask(change),
  };
}
