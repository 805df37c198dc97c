import { rawText } from "./event-raw.ts";
import type { MailEvent } from "./mail-event.ts";
import { countOutcomes, outcomesOf } from "./memory-outcomes.ts";
import { aliasesOf, chooseMail, completeMail, eventKey, joinedEvent, mailKey, standInKey } from "./tracking-join.ts";
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
  readonly #mails = new Map<string, TrackedMail>();
  /** Ids of mails by their other names. */
  readonly #named = new Map<string, Set<string>>();
  readonly #rows = new Map<string, Row>();
  /** Rows by the key of their mail, and those without `mailId` also by each name of their mail. */
  readonly #groups = new Map<string, Set<Row>>();
  readonly #unnamed = new Map<string, Set<Row>>();
  #lastCursor = 0;

  constructor(maxEvents: number) {
    this.#maxEvents = maxEvents;
  }

  async recordMails(mails: readonly TrackedMail[]): Promise<void> {
    for (const told of mails) {
      const mail = completeMail(this.#mails.get(told.id), structuredClone(told));
      this.#mails.set(mail.id, mail);
      for (const name of aliasesOf(mail)) {
        addTo(this.#named, name, mail.id);
        for (const row of this.#unnamed.get(name) ?? []) this.#join(row);
      }
    }
    for (const [id] of this.#mails) {
      if (this.#mails.size <= this.#maxEvents) break;
      for (const row of this.#groups.get(mailKey(id)) ?? []) this.#forgetRow(row);
      this.#forgetMail(id);
    }
  }

  async addEvents(events: readonly MailEvent[]): Promise<readonly StoredEvent[]> {
    const added: Row[] = [];
    for (const event of events) {
      const key = eventKey(event);
      if (this.#rows.has(key)) continue;
      const { raw, ...rest } = event;
      const own = { ...structuredClone(rest), raw: null };
      const row = { cursor: ++this.#lastCursor, event: own, raw: rawText(raw), group: "" };
      this.#rows.set(key, row);
      if (event.mailId === undefined) for (const name of aliasesOf(event)) addTo(this.#unnamed, name, row);
      this.#join(row);
      added.push(row);
    }
    const stored = added.map((row) => this.#stored(row));
    for (const [, row] of this.#rows) {
      if (this.#rows.size <= this.#maxEvents) break;
      this.#forgetRow(row);
    }
    return stored;
  }

  async known(events: readonly MailEvent[]): Promise<readonly boolean[]> {
    return events.map((event) => this.#rows.has(eventKey(event)));
  }

  async mail(mailId: string): Promise<TrackedMail | undefined> {
    return structuredClone(this.#mails.get(mailId));
  }

  async events(mailId: string, limit: number): Promise<readonly StoredEvent[]> {
    const rows = [...(this.#groups.get(mailKey(mailId)) ?? [])];
    rows.sort((one, other) => one.event.at.getTime() - other.event.at.getTime() || one.cursor - other.cursor);
    return rows.slice(0, limit).map((row) => this.#stored(row));
  }

  async outcomes(mailId: string): Promise<readonly MailOutcome[]> {
    return outcomesOf(this.#eventsOf(mailKey(mailId)), this.#mails.get(mailId));
  }

  async counts(query: CountQuery): Promise<readonly TypeCount[]> {
    const mails = [...this.#groups].map(([group, [first]]) => {
      const mail = this.#mailOfGroup(group);
      const outcomes = outcomesOf(this.#eventsOf(group), mail);
      const tags = mail === undefined || mail.tags.length === 0 ? (first?.event.tags ?? []) : mail.tags;
      return { outcomes, transport: mail?.transport ?? "", tags: [...new Set(tags)] };
    });
    return countOutcomes(mails, query);
  }

  async recent({ type, limit, before }: RecentQuery): Promise<{ events: readonly StoredEvent[]; next?: string }> {
    const from = before === undefined ? Number.POSITIVE_INFINITY : Number(before);
    const page: Row[] = [];
    for (const row of [...this.#rows.values()].reverse()) {
      if (row.cursor >= from || (type !== undefined && row.event.type !== type)) continue;
      if (page.length === limit)
        return { events: page.map((one) => this.#stored(one)), next: String(page.at(-1)?.cursor) };
      page.push(row);
    }
    return { events: page.map((one) => this.#stored(one)) };
  }

  async prune(before: number, limit: number): Promise<number> {
    let [mails, events] = [0, 0];
    for (const [id, { at }] of this.#mails) {
      if (mails === limit || events === limit) break;
      if (at >= before) continue;
      for (const row of this.#groups.get(mailKey(id)) ?? []) {
        if (events++ === limit) break;
        this.#forgetRow(row);
      }
      events = Math.min(events, limit);
      if (this.#groups.has(mailKey(id))) continue;
      this.#forgetMail(id);
      mails++;
    }
    for (const row of this.#rows.values()) {
      if (events === limit) break;
      if (row.event.at.getTime() >= before || this.#mailOfGroup(row.group) !== undefined) continue;
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
    for (const name of aliasesOf(event)) {
      const mails = [...(this.#named.get(name) ?? [])].flatMap((id) => this.#mails.get(id) ?? []);
      const mail = chooseMail(event, mails);
      if (mail !== undefined) return mailKey(mail.id);
    }
    return standInKey(event);
  }

  #mailOfGroup(group: string): TrackedMail | undefined {
    return group.startsWith("m:") ? this.#mails.get(group.slice(2)) : undefined;
  }

  #eventsOf(group: string): readonly MailEvent[] {
    return [...(this.#groups.get(group) ?? [])].sort((a, b) => a.cursor - b.cursor).map(({ event }) => event);
  }

  #stored({ event, raw, group }: Row): StoredEvent {
    return structuredClone(joinedEvent({ ...event, raw: JSON.parse(raw) }, this.#mailOfGroup(group)));
  }

  #forgetRow(row: Row): void {
    this.#rows.delete(eventKey(row.event));
    removeFrom(this.#groups, row.group, row);
    for (const name of aliasesOf(row.event)) removeFrom(this.#unnamed, name, row);
  }

  #forgetMail(id: string): void {
    const mail = this.#mails.get(id);
    this.#mails.delete(id);
    for (const name of mail === undefined ? [] : aliasesOf(mail)) removeFrom(this.#named, name, id);
  }
}

function addTo<Item>(sets: Map<string, Set<Item>>, name: string, item: Item): void {
  const set = sets.get(name) ?? new Set();
  sets.set(name, set.add(item));
}

function removeFrom<Item>(sets: Map<string, Set<Item>>, name: string, item: Item): void {
  const set = sets.get(name);
  set?.delete(item);
  if (set?.size === 0) sets.delete(name);
}
