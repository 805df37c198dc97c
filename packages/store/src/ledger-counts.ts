import type { LedgerCounts } from "@mail/core";
import type { LedgerRow } from "./ledger-row.ts";

/** What the databases count: a row for each state, with `queued` in all, and one of the rest. */
export function countsOf(states: readonly LedgerRow[], rest: LedgerRow | undefined): LedgerCounts {
  const counted = { queued: 0, sending: 0, sent: 0, unknown: 0, dead: 0, cancelled: 0 };
  for (const { state, entries } of states) Object.assign(counted, { [String(state)]: Number(entries) });
  const { scheduled, oldest, added, sent, dead } = rest ?? {};
  const later = Number(scheduled ?? 0);
  return {
    states: { ...counted, queued: counted.queued - later, scheduled: later },
    ...(oldest !== null && oldest !== undefined && { oldestDueAt: Number(oldest) }),
    lastMinute: { added: Number(added ?? 0), sent: Number(sent ?? 0), dead: Number(dead ?? 0) },
  };
}
