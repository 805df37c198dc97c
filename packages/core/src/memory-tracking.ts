import { rawText } from "./event-raw.ts";
import type { MailEvent } from "./mail-event.ts";
import {
  completeMail,
  eventCursor,
  eventKey,
  joinedEvent,
  mailKey,
  mailNames,
  type RecordedMail,
  standInKey,
} from "./tracking-join.ts";
import { type CountedOutcome, countKeys, outcomesOf, shownOutcomes, TypeCounts } from "./tracking-outcomes.ts";
import type {
  CountQuery,
  MailOutcome,
  RecentQuery,
  StoredEvent,
  TrackedMail,
  TrackingStore,
  TypeCount,
} from "./tracking-store.ts";

interface Row {
  readonly cursor: number;
  readonly event: MailEvent;
  /** The event's `raw` as JSON. */
  readonly raw: string;
  /** Under which it is kept with the other events of its mail. */
  group: string;
}

/** Mails and events of this process. The oldest are forgotten beyond `maxEvents` of each. */
export class MemoryTracking implements TrackingStore {
  readonly #maxEvents: number;
  readonly #mails = new Map<string, RecordedMail>();
  /** Ids of mails by each other name, and by name and recipient. */
  readonly #named = new Map<string, Set<string>>();
  readonly #addressed = new Map<string, Set<string>>();
  readonly #rows = new Map<string, Row>();
  readonly #groups = new Map<string, Set<Row>>();
  /** Those without `mailId` by each name of their mail. */
  readonly #unnamed = new Map<string, Set<Row>>();
  #lastCursor = 0;

  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents;
  }

  async recordMails(mails: readonly TrackedMail[]): Promise<void> {
    const names = new Set<string>();
    for (const told of mails) {
      const recorded = completeMail(this.#mails.get(told.id), structuredClone(told));
      this.#mails.set(told.id, recorded);
      for (const name of recorded.names) {
        names.add(name);
        addTo(this.#named, name, told.id);
        for (const recipient of recorded.mail.recipients) addTo(this.#addressed, addressed(name, recipient), told.id);
      }
    }
    for (const name of names) for (const row of this.#unnamed.get(name) ?? []) this.#join(row);
    for (const id of this.#mails.keys()) {
      if (this.#mails.size <= this.#maxEvents) break;
      for (const row of this.#groups.get(mailKey(id)) ?? []) this.#forgetRow(row);
      this.#forgetMail(id);
    }
  }

  async addEvents(events: readonly MailEvent[]): Promise<readonly StoredEvent[]> {
    const added: StoredEvent[] = [];
    for (const event of events) {
      const key = eventKey(event);
      if (this.#rows.has(key)) continue;
      const { raw, ...own } = event;
      const copy = { ...structuredClone(own), raw: null };
      const row = { cursor: ++this.#lastCursor, event: copy, raw: rawText(raw), group: "" };
      this.#rows.set(key, row);
      if (event.mailId === undefined) for (const name of mailNames(event)) addTo(this.#unnamed, name, row);
      this.#join(row);
      added.push(joinedEvent(event, this.#mailOf(row)));
    }
    for (const row of this.#rows.values()) {
      if (this.#rows.size <= this.#maxEvents) break;
      this.#forgetRow(row);
    }
    return added;
  }

  async known(events: readonly MailEvent[]): Promise<readonly boolean[]> {
    return events.map((event) => this.#rows.has(eventKey(event)));
  }

  async mailsOf(events: readonly MailEvent[]): Promise<readonly (TrackedMail | undefined)[]> {
    return events.map((event) => structuredClone(this.#mailOfGroup(this.#groupFor(event))));
  }

  async mail(mailId: string): Promise<TrackedMail | undefined> {
    return structuredClone(this.#mails.get(mailId)?.mail);
  }

  async events(mailId: string, limit: number): Promise<readonly StoredEvent[]> {
    const rows = this.#rowsOf(mailKey(mailId));
    rows.sort((one, other) => one.event.at.getTime() - other.event.at.getTime());
    return rows.slice(0, limit).map((row) => this.#stored(row));
  }

  async outcomes(mailId: string): Promise<readonly MailOutcome[]> {
    return shownOutcomes(this.#outcomesOf(mailKey(mailId)), this.#mails.get(mailId)?.mail);
  }

  async counts({ since, until, by }: CountQuery): Promise<readonly TypeCount[]> {
    const counts = new TypeCounts();
    for (const group of this.#groups.keys()) {
      for (const outcome of this.#outcomesOf(group)) {
        const { at, type, permanent = false } = outcome;
        if (at < since || at >= until) continue;
        for (const key of countKeys(outcome, by)) counts.add({ key, type, permanent, count: 1 });
      }
    }
    return counts.all();
  }

  async recent({ type, limit, before }: RecentQuery): Promise<{ events: readonly StoredEvent[]; next?: string }> {
    const from = eventCursor(before);
    const page: Row[] = [];
    for (const row of [...this.#rows.values()].reverse()) {
      if (row.cursor >= from || (type !== undefined && row.event.type !== type)) continue;
      page.push(row);
      if (page.length > limit) break;
    }
    const events = page.slice(0, limit).map((row) => this.#stored(row));
    return page.length > limit ? { events, next: String(page[limit - 1]?.cursor) } : { events };
  }

  async prune(before: number, limit: number): Promise<number> {
    let [mails, events] = [0, 0];
    for (const [id, { mail }] of this.#mails) {
      if (mails === limit || events === limit) break;
      if (mail.at >= before) continue;
      const rows = this.#rowsOf(mailKey(id)).slice(0, limit - events);
      for (const row of rows) this.#forgetRow(row);
      events += rows.length;
      if (this.#groups.has(mailKey(id))) break;
      this.#forgetMail(id);
      mails++;
    }
    for (const row of this.#rows.values()) {
      if (events === limit) break;
      if (row.event.at.getTime() >= before || this.#mailOf(row) !== undefined) continue;
      this.#forgetRow(row);
      events++;
    }
    return Math.max(mails, events);
  }

  #join(row: Row): void {
    const group = this.#groupFor(row.event);
    if (group === row.group) return;
    removeFrom(this.#groups, row.group, row);
    row.group = group;
    addTo(this.#groups, group, row);
  }

  #groupFor(event: MailEvent): string {
    if (event.mailId !== undefined) return mailKey(event.mailId);
    for (const name of mailNames(event)) {
      const [id, another] = this.#named.get(name) ?? [];
      if (id !== undefined && another === undefined) return mailKey(id);
      const [own, second] = this.#addressed.get(addressed(name, event.recipient ?? "")) ?? [];
      if (own !== undefined && second === undefined) return mailKey(own);
    }
    return standInKey(event);
  }

  #mailOf({ group }: Row): TrackedMail | undefined {
    return this.#mailOfGroup(group);
  }

  #mailOfGroup(group: string): TrackedMail | undefined {
    return group.startsWith("m:") ? this.#mails.get(group.slice(2))?.mail : undefined;
  }

  /** In the order in which they were stored. */
  #rowsOf(group: string): Row[] {
    return [...(this.#groups.get(group) ?? [])].sort((one, other) => one.cursor - other.cursor);
  }

  #outcomesOf(group: string): readonly CountedOutcome[] {
    const events = this.#rowsOf(group).map(({ event }) => event);
    return outcomesOf(events, this.#mailOfGroup(group));
  }

  #stored(row: Row): StoredEvent {
    return structuredClone(joinedEvent({ ...row.event, raw: JSON.parse(row.raw) }, this.#mailOf(row)));
  }

  #forgetRow(row: Row): void {
    this.#rows.delete(eventKey(row.event));
    removeFrom(this.#groups, row.group, row);
    for (const name of mailNames(row.event)) removeFrom(this.#unnamed, name, row);
  }

  #forgetMail(id: string): void {
    const recorded = this.#mails.get(id);
    this.#mails.delete(id);
    for (const name of recorded?.names ?? []) {
      removeFrom(this.#named, name, id);
      for (const recipient of recorded?.mail.recipients ?? [])
        removeFrom(this.#addressed, addressed(name, recipient), id);
    }
  }
}

const addressed = (name: string, recipient: string): string => `${recipient.toLowerCase()}\n${name}`;

function addTo<Item>(sets: Map<string, Set<Item>>, name: string, item: Item): void {
  const set = sets.get(name) ?? new Set();
  sets.set(name, set.add(item));
}

function removeFrom<Item>(sets: Map<string, Set<Item>>, name: string, item: Item): void {
  const set = sets.get(name);
  set?.delete(item);
  if (set?.size === 0) sets.delete(name);
}
