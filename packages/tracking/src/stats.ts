import { type CountBy, checkOptions, misconfigured, type TrackingStore, type TypeCount } from "@mail/core";
import { eventTypes } from "./event-types.ts";
import type { MailCounts, Stats, StatsQuery } from "./tracker.ts";

const groupings: Readonly<Record<CountBy, true>> = { transport: true, tag: true, domain: true, day: true };

const rules = {
  since: { type: "object", required: true },
  until: { type: "object" },
  by: { type: "string", oneOf: Object.keys(groupings) },
} as const;

/** Counts what happened within a time. @throws MailError `configuration` that names what is wrong with the query */
export async function readStats(tracking: TrackingStore, query: StatsQuery): Promise<Stats> {
  checkOptions("stats", query, rules);
  // What happens in this very millisecond counts.
  const { since, until = new Date(Date.now() + 1), by } = query;
  requireDate("since", since);
  requireDate("until", until);
  if (since >= until) throw misconfigured("since", "is not before until", "Give the earlier time as since.");
  const within = { since: since.getTime(), until: until.getTime() };
  const grouped = by === undefined ? [] : tracking.counts({ ...within, by });
  // A mail with several tags counts in each of their groups, and once in all; it has one transport, domain and day.
  const [all, ofGroups] = await Promise.all([
    by === undefined || by === "tag" ? tracking.counts(within) : grouped,
    grouped,
  ]);
  const groups = [...Map.groupBy(ofGroups, ({ key }) => key)].map(([key, counts]) => ({ key, ...countsOf(counts) }));
  const byKey = (a: { readonly key: string }, b: { readonly key: string }): number => (a.key < b.key ? -1 : 1);
  if (by === "day") groups.sort(byKey);
  else groups.sort((a, b) => handedOver(b) - handedOver(a) || byKey(a, b));
  return { since, until, total: countsOf(all), groups };
}

function requireDate(field: string, date: unknown): void {
  if (!(date instanceof Date) || Number.isNaN(date.getTime()))
    throw misconfigured(field, "is no valid Date", 'Give one, such as new Date("2026-11-25").');
}

function countsOf(counts: readonly TypeCount[]): MailCounts {
  const sum = (wanted: (count: TypeCount) => boolean): number =>
    counts.filter(wanted).reduce((total, { count }) => total + count, 0);
  const entries = eventTypes.map((type) => [type, sum((count) => count.type === type)] as const);
  const byType = Object.fromEntries(entries) as Record<(typeof eventTypes)[number], number>;
  const sent = handedOver(byType);
  const share = (count: number): number => (sent === 0 ? 0 : Math.min(1, count / sent));
  return {
    ...byType,
    hardBounced: sum(({ type, permanent }) => type === "bounced" && permanent),
    bounceRate: share(byType.bounced),
    complaintRate: share(byType.complained),
    openRate: share(byType.opened),
    clickRate: share(byType.clicked),
  };
}

/** Of mails that did not go through the tracker there is no `sent` at some providers, only what became of them. */
export function handedOver({ sent, delivered, bounced }: Pick<MailCounts, "sent" | "delivered" | "bounced">): number {
  return Math.max(sent, delivered + bounced);
}
