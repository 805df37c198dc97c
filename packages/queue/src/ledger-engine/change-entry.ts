import type { LedgerEntry, LedgerStore } from "@mail/core";
import type { Broker } from "../broker.ts";
import type { JobChange } from "../queue-engine.ts";
import { jobStateOf } from "./ledger-entry.ts";

export interface EntryOwner {
  readonly broker: Broker;
  readonly ledger: LedgerStore;
  readonly name: string;
}

/** Makes a change from outside a worker. @returns false where the mail is in none of `from`, or has no payload any more */
export async function changeEntry(at: EntryOwner, id: string, { from, to, record }: JobChange): Promise<boolean> {
  const [entry] = await at.ledger.find(at.name, [id]);
  if (entry === undefined || !from.includes(jobStateOf(entry))) return false;
  const after = record(entry.record);
  if (to === "queued") return await replay(at, entry, after);
  // Not where somebody has taken it up again and given it up once more, since it was looked at.
  const where = { states: [entry.state], replaysBelow: entry.replays + 1 };
  const set = { state: to, record: after, payload: null };
  const [changed] = await at.ledger.change(at.name, [{ id, where, set }]);
  if (changed !== undefined) return true;
  // It may have been made, and the answer lost.
  const [now] = await at.ledger.find(at.name, [id]);
  return now?.state === to && now.record === after;
}

/** Hands the mail to the broker before the ledger calls it queued: a crash between the two loses nothing. */
async function replay(at: EntryOwner, entry: LedgerEntry, record: string): Promise<boolean> {
  const { id, state, priority, payload } = entry;
  if (payload === undefined) return false;
  const replays = entry.replays + 1;
  const dueAt = Date.now();
  await at.broker.publish([{ id, keyMs: 0, priority, dueAt, replays, record, payload }]);
  const where = { states: [state], replaysBelow: replays };
  const set = { state: "queued", dueAt, replays, record } as const;
  const [changed] = await at.ledger.change(at.name, [{ id, where, set }]);
  if (changed !== undefined) return true;
  // A worker may have been faster.
  const [now] = await at.ledger.find(at.name, [id]);
  return now !== undefined && now.state !== "queued" && now.replays >= replays;
}
