import type { LedgerEntry, LedgerState } from "@mail/core";

/** An entry as SQLite and PostgreSQL give it; numbers may come as text. */
export type LedgerRow = Readonly<Record<string, unknown>>;

export const entryColumns =
  "id, state, priority, due_at, created_at, changed_at, owner, leased_until, tries, replays, record";

export function entryOf(row: LedgerRow): LedgerEntry {
  const { owner, leased_until: leasedUntil, payload } = row;
  return {
    id: String(row["id"]),
    state: String(row["state"]) as LedgerState,
    priority: Number(row["priority"]),
    dueAt: Number(row["due_at"]),
    createdAt: Number(row["created_at"]),
    changedAt: Number(row["changed_at"]),
    ...(typeof owner === "string" && { owner }),
    ...(leasedUntil !== null && { leasedUntil: Number(leasedUntil) }),
    tries: Number(row["tries"]),
    replays: Number(row["replays"]),
    record: String(row["record"]),
    ...(payload instanceof Uint8Array && { payload }),
  };
}
