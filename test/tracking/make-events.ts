import { seededRandom } from "../seeded-random.ts";

/** An event as SendGrid posts it. */
export interface PostedEvent {
  readonly sg_event_id: string;
  readonly sg_message_id: string;
  readonly event: string;
  readonly email: string;
  /** In seconds. */
  readonly timestamp: number;
  readonly mail_id: string;
  readonly category: readonly string[];
  readonly type?: string;
  readonly status?: string;
  readonly reason?: string;
}

export interface EventPlan {
  /** What arrives, in order: some of it twice or more often. */
  readonly batches: readonly (readonly PostedEvent[])[];
  readonly expected: ExpectedCounts;
}

export interface ExpectedCounts {
  readonly events: number;
  readonly duplicates: number;
  /** Recipients' mails that came to each type. */
  readonly byType: Readonly<Record<string, number>>;
  readonly hardBounced: number;
  /** Of deliveries, by the recipient's domain. */
  readonly deliveredByDomain: Readonly<Record<string, number>>;
  /** Addresses in lower case. */
  readonly suppressed: ReadonlySet<string>;
}

interface PlanOptions {
  /** Events that arrive in all. */
  readonly arriving: number;
  /** The share of them that came before. */
  readonly duplicates: number;
  readonly batchSize: number;
  readonly seed: number;
}

const names: Readonly<Record<string, string>> = {
  processed: "queued",
  delivered: "delivered",
  deferred: "deferred",
  open: "opened",
  click: "clicked",
  bounce: "bounced",
  spamreport: "complained",
  unsubscribe: "unsubscribed",
};

/** Fates of a mail, each as likely as any other. */
const fates: readonly (readonly string[])[] = [
  ["processed", "delivered"],
  ["processed", "delivered", "open"],
  ["processed", "delivered", "open", "open", "click"],
  ["processed", "deferred", "deferred", "delivered"],
  ["processed", "delivered", "open", "unsubscribe"],
  ["processed", "delivered", "spamreport"],
  ["processed", "bounce"],
  ["processed", "deferred", "blocked"],
];

/** The same mails, events and duplicates for the same seed, shuffled. */
export function planEvents({ arriving, duplicates, batchSize, seed }: PlanOptions): EventPlan {
  const random = seededRandom(seed);
  const pick = (count: number): number => Math.floor(random() * count);
  const unique = arriving - Math.round(arriving * duplicates);
  const events: PostedEvent[] = [];
  for (let mail = 0; events.length < unique; mail++) {
    const email = `User${mail}@${["example.com", "example.org", "example.net"][pick(3)]}`;
    const fate = fates[pick(fates.length)] ?? [];
    for (const [step, name] of fate.entries()) {
      if (events.length < unique) events.push(makeEvent(mail, email, name, step, events.length));
    }
  }
  const again = Array.from({ length: arriving - unique }, () => events[pick(events.length)] as PostedEvent);
  const all = shuffled([...events, ...again], pick);
  const batches = Array.from({ length: Math.ceil(all.length / batchSize) }, (_, index) =>
    all.slice(index * batchSize, (index + 1) * batchSize),
  );
  return { batches, expected: expectedOf(events, again.length) };
}

function makeEvent(mail: number, email: string, name: string, step: number, index: number): PostedEvent {
  const blocked = name === "blocked";
  return {
    sg_event_id: `event-${index}`,
    sg_message_id: `message-${mail}.filter0001.1.0`,
    event: blocked ? "bounce" : name,
    email,
    timestamp: 1_795_600_000 + mail + step,
    mail_id: `mail-${mail}`,
    category: [`campaign-${mail % 5}`],
    ...(name === "bounce" && { type: "bounce", status: "5.1.1", reason: "550 5.1.1 no such user" }),
    ...(blocked && { type: "blocked", status: "5.7.1", reason: "550 5.7.1 blocked" }),
  };
}

function shuffled<Item>(items: Item[], pick: (count: number) => number): Item[] {
  for (let index = items.length - 1; index > 0; index--) {
    const other = pick(index + 1);
    [items[index], items[other]] = [items[other] as Item, items[index] as Item];
  }
  return items;
}

function expectedOf(events: readonly PostedEvent[], duplicates: number): ExpectedCounts {
  const outcomes = new Set(events.map(({ event, mail_id }) => `${names[event]} ${mail_id}`));
  const byType: Record<string, number> = {};
  for (const outcome of outcomes) {
    const type = outcome.slice(0, outcome.indexOf(" "));
    byType[type] = (byType[type] ?? 0) + 1;
  }
  const deliveredByDomain: Record<string, number> = {};
  for (const { event, email } of events) {
    const domain = email.slice(email.indexOf("@") + 1);
    if (event === "delivered") deliveredByDomain[domain] = (deliveredByDomain[domain] ?? 0) + 1;
  }
  const isHard = ({ event, type }: PostedEvent): boolean => event === "bounce" && type === "bounce";
  const suppresses = (posted: PostedEvent): boolean =>
    isHard(posted) || posted.event === "spamreport" || posted.event === "unsubscribe";
  return {
    events: events.length,
    duplicates,
    byType,
    hardBounced: events.filter(isHard).length,
    deliveredByDomain,
    suppressed: new Set(events.filter(suppresses).map(({ email }) => email.toLowerCase())),
  };
}
