import {
  type CountQuery,
  completeMail,
  eventCursor,
  joinedEvent,
  type MailEvent,
  type MailOutcome,
  outcomesOf,
  type RecentQuery,
  type StoredEvent,
  shownOutcomes,
  type TrackedMail,
  type TrackingStore,
  type TypeCount,
} from "@mail/core";
import { storedTime } from "../ledger-times.ts";
import { storedKey } from "../stored-key.ts";
import {
  eventKeyOf,
  eventOf,
  eventRow,
  mailIn,
  outcomeOf,
  recipientKeys,
  recordIn,
  storedMailKey,
} from "../tracking-row.ts";
import { countOutcomes } from "./sqlite-counts.ts";
import type { SqliteDatabase, SqliteTransaction } from "./sqlite-database.ts";
import { SqliteMailLookup } from "./sqlite-mail-lookup.ts";
import { putOutcome } from "./sqlite-outcomes.ts";
import { rejoinEvents } from "./sqlite-rejoin.ts";
import { pruneTracking } from "./sqlite-tracking-prune.ts";

/** Mails or events in one step: the event loop stands still for that long. */
const rowsPerStep = 200;

/** Each call is one transaction, and small calls at the same time share one. */
export class SqliteTracking implements TrackingStore {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  async recordMails(mails: readonly TrackedMail[]): Promise<void> {
    await this.#database.writeInSteps(function* (transaction) {
      const changed = new Set<string>();
      const names = new Set<string>();
      for (const [n, mail] of mails.entries()) {
        if (n % rowsPerStep === rowsPerStep - 1) yield;
        recordMail(transaction, mail, changed, names);
      }
      yield* rejoinEvents(transaction, changed, names);
    }, mails.length);
  }

  async addEvents(events: readonly MailEvent[]): Promise<readonly StoredEvent[]> {
    return await this.#database.writeInSteps(function* (transaction) {
      const mails = new SqliteMailLookup(transaction);
      const added: StoredEvent[] = [];
      for (const [n, event] of events.entries()) {
        if (n % rowsPerStep === rowsPerStep - 1) yield;
        const stored = addEvent(transaction, mails, event);
        if (stored !== undefined) added.push(stored);
      }
      return added;
    }, events.length);
  }

  async known(events: readonly MailEvent[]): Promise<readonly boolean[]> {
    const statement = "SELECT 1 FROM tracked_events WHERE key = :key";
    const keys = events.map(eventKeyOf);
    return await this.#database.read((transaction) =>
      keys.map((key) => transaction.get(statement, { key }) !== undefined),
    );
  }

  async mailsOf(events: readonly MailEvent[]): Promise<readonly (TrackedMail | undefined)[]> {
    return await this.#database.read((transaction) => {
      const mails = new SqliteMailLookup(transaction);
      return events.map((event) => mails.find(mails.keyFor(eventRow({ ...event, raw: null }))));
    });
  }

  async mail(mailId: string): Promise<TrackedMail | undefined> {
    return await this.#database.read((transaction) => findMail(transaction, storedMailKey(mailId)));
  }

  async events(mailId: string, limit: number): Promise<readonly StoredEvent[]> {
    const key = storedMailKey(mailId);
    const statement = "SELECT at, record FROM tracked_events WHERE mail = :key ORDER BY at, seq LIMIT :limit";
    return await this.#database.read((transaction) => {
      const mail = findMail(transaction, key);
      return transaction.all(statement, { key, limit }).map((row) => joinedEvent(eventOf(row), mail));
    });
  }

  async outcomes(mailId: string): Promise<readonly MailOutcome[]> {
    const key = storedMailKey(mailId);
    return await this.#database.read((transaction) =>
      shownOutcomes(
        transaction.all("SELECT * FROM outcomes WHERE mail = :key", { key }).map(outcomeOf),
        findMail(transaction, key),
      ),
    );
  }

  async counts(query: CountQuery): Promise<readonly TypeCount[]> {
    return await countOutcomes(this.#database, query);
  }

  async recent({ type, limit, before }: RecentQuery): Promise<{ events: readonly StoredEvent[]; next?: string }> {
    const statement = `
      SELECT e.seq, e.at, e.record, m.record AS mail FROM tracked_events e LEFT JOIN tracked_mails m ON m.key = e.mail
      WHERE e.seq < :before ${type === undefined ? "" : "AND e.type = :type"} ORDER BY e.seq DESC LIMIT :limit`;
    const parameters = { before: eventCursor(before), limit: limit + 1, ...(type !== undefined && { type }) };
    const rows = await this.#database.read((transaction) => transaction.all(statement, parameters));
    const page = rows.slice(0, limit);
    const events = page.map((row) => joinedEvent(eventOf(row), mailIn(row["mail"])));
    return rows.length > limit ? { events, next: String(page.at(-1)?.["seq"]) } : { events };
  }

  async prune(before: number, limit: number): Promise<number> {
    return await this.#database.writeInSteps((transaction) => pruneTracking(transaction, before, limit), limit);
  }
}

function findMail(transaction: SqliteTransaction, key: string): TrackedMail | undefined {
  return mailIn(transaction.get("SELECT record FROM tracked_mails WHERE key = :key", { key })?.["record"]);
}

/** Adds the mail's key and names to those whose events are to be looked at. */
function recordMail(transaction: SqliteTransaction, told: TrackedMail, changed: Set<string>, names: Set<string>): void {
  const key = storedMailKey(told.id);
  const before = transaction.get("SELECT record FROM tracked_mails WHERE key = :key", { key })?.["record"];
  const recorded = completeMail(recordIn(before), told);
  const record = JSON.stringify(recorded);
  const at = storedTime(recorded.mail.at);
  transaction.run("INSERT OR REPLACE INTO tracked_mails (key, at, record) VALUES (:key, :at, :record)", {
    key,
    at,
    record,
  });
  for (const name of recorded.names.map((one) => storedKey(one))) {
    for (const recipientKey of recipientKeys(recorded.mail))
      transaction.run(
        "INSERT OR IGNORE INTO mail_names (name, recipient_key, mail) VALUES (:name, :recipientKey, :key)",
        {
          ...{ name, recipientKey, key },
        },
      );
    names.add(name);
  }
  changed.add(key);
}

function addEvent(transaction: SqliteTransaction, mails: SqliteMailLookup, event: MailEvent): StoredEvent | undefined {
  const { ownMail, standIn, recipientKey, ...row } = eventRow(event);
  const key = mails.keyFor({ ...row, ownMail, standIn, recipientKey });
  const mail = mails.find(key);
  const added = transaction.run(
    `INSERT INTO tracked_events (key, type, at, mail, recorded, provider_name, message_name, record)
     VALUES (:key, :type, :at, :mail, :recorded, :providerName, :messageName, :record) ON CONFLICT (key) DO NOTHING`,
    { ...row, type: event.type, at: event.at.getTime(), mail: key, recorded: mail === undefined ? 0 : 1 },
  );
  if (added === 0) return undefined;
  for (const outcome of outcomesOf([event], mail)) putOutcome(transaction, key, outcome);
  return joinedEvent(event, mail);
}
