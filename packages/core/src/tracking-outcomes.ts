import type { MailEvent } from "./mail-event.ts";
import { domainOf, recipientOf } from "./tracking-join.ts";
import type { CountBy, MailOutcome, TrackedMail, TypeCount } from "./tracking-store.ts";

const dayMs = 86_400_000;

/** An outcome with what it is counted by. */
export interface CountedOutcome extends MailOutcome {
  readonly transport: string;
  readonly domain: string;
  readonly tags: readonly string[];
}

/** What a mail's events, in the order in which they were stored, come to: one for each recipient and type. */
export function outcomesOf(events: Iterable<MailEvent>, mail: TrackedMail | undefined): readonly CountedOutcome[] {
  const outcomes = new Map<string, CountedOutcome>();
  for (const event of events) {
    const recipient = recipientOf(event, mail);
    const key = `${event.type} ${recipient.toLowerCase()}`;
    const outcome = {
      recipient,
      type: event.type,
      at: event.at.getTime(),
      ...(event.reason !== undefined && { reason: event.reason }),
      ...(event.permanent && { permanent: true }),
      transport: mail?.transport ?? "",
      domain: domainOf(recipient),
      tags: mail === undefined || mail.tags.length === 0 ? event.tags : mail.tags,
    };
    const before = outcomes.get(key);
    outcomes.set(key, before === undefined ? outcome : earlier(before, outcome));
  }
  return [...outcomes.values()];
}

/** The address and tags stay those of the outcome that was there first. */
function earlier(before: CountedOutcome, outcome: CountedOutcome): CountedOutcome {
  const { recipient, tags } = before;
  const permanent = before.permanent || outcome.permanent;
  return { ...(outcome.at < before.at ? { ...outcome, recipient, tags } : before), ...(permanent && { permanent }) };
}

/** Outcomes by their time, each recipient spelled as the mail has it. */
export function shownOutcomes(outcomes: readonly MailOutcome[], mail: TrackedMail | undefined): readonly MailOutcome[] {
  const spelled = new Map(mail?.recipients.map((address) => [address.toLowerCase(), address]));
  return outcomes
    .map(({ recipient, type, at, reason, permanent }) => ({
      recipient: spelled.get(recipient.toLowerCase()) ?? recipient,
      type,
      at,
      ...(reason !== undefined && { reason }),
      ...(permanent && { permanent }),
    }))
    .sort((one, other) => one.at - other.at);
}

/** Adds up counts of which some may have the same key. */
export class TypeCounts {
  readonly #counts = new Map<string, TypeCount>();

  add({ key, type, permanent, count }: TypeCount): void {
    const name = `${type} ${permanent} ${key}`;
    this.#counts.set(name, { key, type, permanent, count: count + (this.#counts.get(name)?.count ?? 0) });
  }

  all(): readonly TypeCount[] {
    return [...this.#counts.values()];
  }
}

/** The keys under which an outcome counts: one, or several tags. */
export function countKeys({ at, transport, domain, tags }: CountedOutcome, by: CountBy | undefined): readonly string[] {
  if (by === "tag") return tagKeys(tags);
  if (by === "day") return [dayKey(Math.floor(at / dayMs))];
  return [by === "transport" ? transport : by === "domain" ? domain : ""];
}

export const tagKeys = (tags: readonly string[]): readonly string[] => (tags.length > 0 ? [...new Set(tags)] : [""]);

/** @param day in whole days since 1970 */
export const dayKey = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);
