import type { MailEvent } from "./mail-event.ts";
import { recipientOf, spelledBy } from "./tracking-join.ts";
import type { CountQuery, MailOutcome, TrackedMail, TypeCount } from "./tracking-store.ts";

const dayMs = 86_400_000;

/** What a mail's events, in the order in which they were stored, come to: one for each recipient and type. */
export function outcomesOf(events: Iterable<MailEvent>, mail: TrackedMail | undefined): readonly MailOutcome[] {
  const outcomes = new Map<string, MailOutcome>();
  for (const event of events) {
    const recipient = recipientOf(event, mail);
    const key = `${event.type} ${recipient.toLowerCase()}`;
    const before = outcomes.get(key);
    const at = event.at.getTime();
    const isFirst = before === undefined || at < before.at;
    const reason = isFirst ? event.reason : before.reason;
    outcomes.set(key, {
      recipient: before?.recipient ?? spelledBy(mail, recipient) ?? recipient,
      type: event.type,
      at: isFirst ? at : before.at,
      ...(reason !== undefined && { reason }),
      ...((event.permanent || before?.permanent) && { permanent: true }),
    });
  }
  return [...outcomes.values()].sort((one, other) => one.at - other.at);
}

export interface OutcomesOfMail {
  readonly outcomes: readonly MailOutcome[];
  readonly transport: string;
  readonly tags: readonly string[];
}

export function countOutcomes(mails: Iterable<OutcomesOfMail>, { since, until, by }: CountQuery): readonly TypeCount[] {
  const counts = new Map<string, TypeCount>();
  for (const { outcomes, transport, tags } of mails) {
    for (const { recipient, type, at, permanent = false } of outcomes) {
      if (at < since || at >= until) continue;
      const keys = by === "tag" && tags.length > 0 ? tags : [keyOf(by, { recipient, at, transport })];
      for (const key of keys) {
        const name = `${type} ${permanent} ${key}`;
        counts.set(name, { key, type, permanent, count: (counts.get(name)?.count ?? 0) + 1 });
      }
    }
  }
  return [...counts.values()];
}

interface Countable {
  readonly recipient: string;
  readonly at: number;
  readonly transport: string;
}

function keyOf(by: CountQuery["by"], { recipient, at, transport }: Countable): string {
  if (by === "transport") return transport;
  if (by === "domain") return domainOf(recipient);
  return by === "day" ? new Date(Math.floor(at / dayMs) * dayMs).toISOString().slice(0, 10) : "";
}

/** The domain of an address in lower case; empty where there is none. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf("@");
  return at === -1 ? "" : address.slice(at + 1).toLowerCase();
}
