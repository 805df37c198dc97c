import type { LedgerCounts, LedgerEntry, LedgerQuery, LedgerState } from "@mail/core";
import type { KvEntry } from "@nats-io/kv";
import { decodeEntry, type StoredEntry, shownState, toLedgerEntry } from "./kv-ledger-entry.ts";

/** An entry with the revision that it was read at. */
export interface FoundEntry {
  readonly entry: StoredEntry;
  readonly revision: number;
}

const minuteMs = 60_000;
/** By how much the clocks of whoever wrote entries may be ahead of the server's, in milliseconds. */
const clockSlackMs = 10_000;

export async function listOf(
  entries: AsyncIterable<KvEntry>,
  { state, limit, after = "" }: LedgerQuery,
  now: number,
): Promise<readonly LedgerEntry[]> {
  const found = new Map<string, StoredEntry>();
  for await (const one of entries) {
    const entry = decodeEntry(one);
    if (entry.id > after && shownState(entry, now) === state) found.set(entry.id, entry);
    else found.delete(entry.id);
  }
  const sorted = [...found.values()].sort((one, other) => (one.id < other.id ? -1 : 1));
  return sorted.slice(0, limit).map(toLedgerEntry);
}

export async function countsOf(entries: AsyncIterable<KvEntry>, now: number): Promise<LedgerCounts> {
  const found = new Map<string, Pick<StoredEntry, "state" | "dueAt" | "createdAt" | "changedAt">>();
  for await (const one of entries) {
    const { state, dueAt, createdAt, changedAt } = decodeEntry(one);
    found.set(one.key, { state, dueAt, createdAt, changedAt });
  }
  const states = { queued: 0, scheduled: 0, sending: 0, sent: 0, unknown: 0, dead: 0, cancelled: 0 };
  const lastMinute = { added: 0, sent: 0, dead: 0 };
  let oldestDueAt = Number.POSITIVE_INFINITY;
  for (const entry of found.values()) {
    const { dueAt, createdAt, changedAt } = entry;
    const state = shownState(entry, now);
    states[state]++;
    if (state === "queued") oldestDueAt = Math.min(oldestDueAt, dueAt);
    if (createdAt > now - minuteMs) lastMinute.added++;
    if ((state === "sent" || state === "dead") && changedAt > now - minuteMs) lastMinute[state]++;
  }
  return { states, ...(states.queued > 0 && { oldestDueAt }), lastMinute };
}

/** Those in `states` that last changed at `before` or earlier. What was written last comes last, so it reads only what is old. */
export async function oldEntries(
  entries: AsyncIterable<KvEntry>,
  states: readonly LedgerState[],
  before: number,
  limit: number,
): Promise<readonly FoundEntry[]> {
  const found: FoundEntry[] = [];
  for await (const one of entries) {
    if (found.length >= limit || one.created.getTime() > before + clockSlackMs) break;
    const entry = decodeEntry(one);
    if (states.includes(entry.state) && entry.changedAt <= before) found.push({ entry, revision: one.revision });
  }
  return found;
}
