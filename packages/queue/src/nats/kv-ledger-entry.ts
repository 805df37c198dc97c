import type { LedgerChange, LedgerEntry, LedgerQuery, NewLedgerEntry } from "@mail/core";
import type { KvEntry } from "@nats-io/kv";

/** An entry as the bucket holds it. */
export interface StoredEntry extends Omit<LedgerEntry, "payload"> {
  /** How long the lease was when it was given. */
  readonly leaseMs?: number;
  /** Digest of a key that lasts as long as this entry. */
  readonly key?: string;
  /** Beside the entry, so that what reads many entries need not read mails. */
  readonly payload?: StoredPayload;
}

export interface StoredPayload {
  /** Of its own, so that no other one takes its place. */
  readonly key: string;
  readonly revision: number;
}

/** JSON knows no infinite numbers. */
const longest = Number.MAX_SAFE_INTEGER;

export function storedTime(ms: number): number {
  return Math.min(ms, longest);
}

export function newEntry({ id, priority, dueAt, record }: NewLedgerEntry, now: number, key?: string): StoredEntry {
  const times = { dueAt: storedTime(dueAt), createdAt: now, changedAt: now };
  return { id, state: "queued", priority, ...times, tries: 0, replays: 0, record, ...(key !== undefined && { key }) };
}

export function decodeEntry(found: KvEntry): StoredEntry {
  return found.json<StoredEntry>();
}

export function toLedgerEntry({ leaseMs: _, key: _k, payload: _p, ...entry }: StoredEntry): LedgerEntry {
  return entry;
}

export function shownState({ state, dueAt }: Pick<StoredEntry, "state" | "dueAt">, now: number): LedgerQuery["state"] {
  return state === "queued" && dueAt > now ? "scheduled" : state;
}

export function holds(entry: StoredEntry, where: LedgerChange["where"], now: number): boolean {
  if (!where.states.includes(entry.state)) return false;
  if (where.owner !== undefined && entry.owner !== where.owner) return false;
  if (where.dueBy !== undefined && entry.dueAt > where.dueBy) return false;
  if (where.leaseOver && !isLeaseOver(entry, now)) return false;
  return where.replaysBelow === undefined || entry.replays < where.replaysBelow;
}

/** Also where it would last longer than it ever did: the clock was put back, and the lease must not become endless. */
function isLeaseOver({ leasedUntil, leaseMs = 0 }: StoredEntry, now: number): boolean {
  return leasedUntil === undefined || leasedUntil <= now || leasedUntil > now + leaseMs;
}

/** @param payload what the entry has from now on */
export function changed(
  { payload: _, ...entry }: StoredEntry,
  set: LedgerChange["set"],
  payload: StoredPayload | undefined,
  now: number,
): StoredEntry {
  return {
    ...entry,
    state: set.state,
    dueAt: storedTime(set.dueAt ?? entry.dueAt),
    changedAt: now,
    ...(set.lease !== undefined && leased(now, set.lease.ms)),
    ...(set.lease !== undefined && { owner: set.lease.owner }),
    tries: entry.tries + (set.tries ?? 0),
    replays: set.replays ?? entry.replays,
    record: set.record ?? entry.record,
    ...(payload !== undefined && { payload }),
  };
}

export function leased(now: number, ms: number): Pick<StoredEntry, "leasedUntil" | "leaseMs"> {
  return { leasedUntil: storedTime(now + ms), leaseMs: storedTime(ms) };
}
