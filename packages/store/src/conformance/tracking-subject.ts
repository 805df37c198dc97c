import type {
  CountBy,
  MailEvent,
  MailEventType,
  Store,
  StoredEvent,
  TrackedMail,
  TrackingStore,
  TypeCount,
} from "@mail/core";
import type { StoreCase, StoreSubject } from "./store-case.ts";

export const day = 86_400_000;
/** Midnight, UTC. */
export const start: number = Date.UTC(2030, 0, 15);

/** A case for stores that keep mails and events. */
export function trackingCase(name: string, run: (open: () => TrackingStore) => Promise<void>): StoreCase {
  const skip = ({ noTracking }: StoreSubject) => (noTracking ? "it keeps no mails and events" : undefined);
  return { name, skip, run: (open) => run(() => trackingOf(open())) };
}

function trackingOf({ tracking }: Store): TrackingStore {
  if (tracking === undefined) throw new Error("The store has no `tracking`: say so by `noTracking`.");
  return tracking;
}

/** A mail that is handed over at `start`. */
export function mailTo(id: string, to: string | readonly string[], changes: Partial<TrackedMail> = {}): TrackedMail {
  return { id, at: start, transport: "relay", recipients: [to].flat(), tags: [], metadata: {}, ...changes };
}

type EventChanges = Partial<Omit<MailEvent, "at">> & { readonly at?: number };

/** An event at `start`, or so many milliseconds after it. */
export function event(id: string, type: MailEventType, { at = 0, ...changes }: EventChanges = {}): MailEvent {
  const time = new Date(start + at);
  return { id, type, at: time, provider: "acme", tags: [], metadata: {}, raw: { id }, ...changes };
}

/** What was counted, as `key type` or `key type permanent`. */
export async function countsBy(
  tracking: TrackingStore,
  by?: CountBy,
  since: number = start,
  until: number = start + 100 * day,
): Promise<Readonly<Record<string, number>>> {
  const counts = await tracking.counts({ since, until, ...(by !== undefined && { by }) });
  return Object.fromEntries(counts.map((one) => [countName(one), one.count]));
}

const countName = ({ key, type, permanent }: TypeCount): string =>
  [...(key === "" ? [] : [key]), type, ...(permanent ? ["permanent"] : [])].join(" ");

export const idsOf = (events: readonly StoredEvent[]): readonly string[] => events.map(({ id }) => id);

/** All events that are stored, newest first, in pages of so many. */
export async function allRecent(tracking: TrackingStore, limit: number, type?: MailEventType): Promise<StoredEvent[]> {
  const all: StoredEvent[] = [];
  let before: string | undefined;
  do {
    const page = await tracking.recent({
      limit,
      ...(type !== undefined && { type }),
      ...(before !== undefined && { before }),
    });
    all.push(...page.events);
    before = page.next;
  } while (before !== undefined);
  return all;
}
