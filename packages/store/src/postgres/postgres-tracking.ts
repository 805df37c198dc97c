import {
  type CountQuery,
  eventCursor,
  joinedEvent,
  type MailEvent,
  type MailOutcome,
  type RecentQuery,
  type StoredEvent,
  shownOutcomes,
  type TrackedMail,
  type TrackingStore,
  type TypeCount,
  TypeCounts,
} from "@mail/core";
import { countColumns, countsOfRow } from "../counted-row.ts";
import { storedTime } from "../ledger-times.ts";
import { eventKeyOf, eventOf, eventRow, mailIn, outcomeOf, storedMailKey } from "../tracking-row.ts";
import type { PostgresConnection } from "./postgres-connection.ts";
import { joinedMail } from "./postgres-joined-mail.ts";
import { eventColumns, mailColumns, type ToldMail } from "./postgres-tracking-columns.ts";

type Row = Readonly<Record<string, unknown>>;

/** Each call is one statement, however many mails or events it is about. */
export class PostgresTracking implements TrackingStore {
  readonly #connection: PostgresConnection;

  constructor(connection: PostgresConnection) {
    this.#connection = connection;
  }

  async recordMails(mails: readonly TrackedMail[]): Promise<void> {
    // Most often nothing is known yet. Where it is otherwise, that comes back, and the mail is completed from there.
    const toldByKey = Map.groupBy(mails, ({ id }) => storedMailKey(id));
    let pending = [...toldByKey].map(([key, told]): ToldMail => ({ key, told, expected: undefined }));
    while (pending.length > 0) {
      const columns = mailColumns(pending);
      const [answer] = await this.#query(
        (schema) => `CALL ${schema}.record_mails($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL, NULL)`,
        (leftMs) => [...columns, leftMs],
      );
      const records = (answer?.["other_records"] ?? []) as readonly string[];
      pending = ((answer?.["other_keys"] ?? []) as readonly string[]).map((key, n) => ({
        key,
        told: toldByKey.get(key) ?? [],
        expected: records[n],
      }));
    }
  }

  async addEvents(events: readonly MailEvent[]): Promise<readonly StoredEvent[]> {
    if (events.length === 0) return [];
    const columns = eventColumns(events);
    const [answer] = await this.#query(
      (schema) => `CALL ${schema}.add_events($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, NULL, NULL)`,
      (leftMs) => [...columns, leftMs],
    );
    const places = (answer?.["places"] ?? []) as readonly number[];
    const records = (answer?.["mails"] ?? []) as readonly (string | null)[];
    return places.map((place, n) => joinedEvent(events[place - 1] as MailEvent, mailIn(records[n])));
  }

  async known(events: readonly MailEvent[]): Promise<readonly boolean[]> {
    if (events.length === 0) return [];
    const keys = events.map(eventKeyOf);
    const rows = await this.#query(
      (schema) => `SELECT k.key FROM unnest($1::text[]) k (key) CROSS JOIN LATERAL (
        SELECT FROM ${schema}.tracked_events e WHERE e.key = k.key OFFSET 0) e`,
      () => [keys],
    );
    const known = new Set(rows.map(({ key }) => key));
    return keys.map((key) => known.has(key));
  }

  async mailsOf(events: readonly MailEvent[]): Promise<readonly (TrackedMail | undefined)[]> {
    if (events.length === 0) return [];
    const rows = events.map((event) => eventRow({ ...event, raw: null }));
    const found = await this.#query(
      (schema) => `SELECT m.record FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
          WITH ORDINALITY AS e (own_mail, provider_name, message_name, recipient_key, place)
        LEFT JOIN LATERAL (SELECT m.record FROM ${schema}.tracked_mails m
          WHERE m.key = coalesce(e.own_mail, ${joinedMail(schema, "e")}) OFFSET 0) m ON true
        ORDER BY e.place`,
      () => [
        rows.map(({ ownMail }) => ownMail),
        rows.map(({ providerName }) => providerName),
        rows.map(({ messageName }) => messageName),
        rows.map(({ recipientKey }) => recipientKey),
      ],
    );
    return found.map(({ record }) => mailIn(record));
  }

  async mail(mailId: string): Promise<TrackedMail | undefined> {
    const [row] = await this.#query(
      (schema) => `SELECT record FROM ${schema}.tracked_mails WHERE key = $1`,
      () => [storedMailKey(mailId)],
    );
    return mailIn(row?.["record"]);
  }

  async events(mailId: string, limit: number): Promise<readonly StoredEvent[]> {
    const rows = await this.#query(
      (schema) => `SELECT e.at, e.record, m.record AS mail
        FROM ${schema}.tracked_events e LEFT JOIN ${schema}.tracked_mails m ON m.key = e.mail
        WHERE e.mail = $1 ORDER BY e.at, e.seq LIMIT $2`,
      () => [storedMailKey(mailId), limit],
    );
    return rows.map(storedEventOf);
  }

  async outcomes(mailId: string): Promise<readonly MailOutcome[]> {
    const rows = await this.#query(
      (schema) => `SELECT o.*, m.record AS mail_record
        FROM ${schema}.outcomes o LEFT JOIN ${schema}.tracked_mails m ON m.key = o.mail WHERE o.mail = $1`,
      () => [storedMailKey(mailId)],
    );
    return shownOutcomes(rows.map(outcomeOf), mailIn(rows[0]?.["mail_record"]));
  }

  async counts({ since, until, by }: CountQuery): Promise<readonly TypeCount[]> {
    const rows = await this.#query(
      (schema) => `SELECT ${countColumns[by ?? "none"]} AS name, type, permanent, count(*) AS count
        FROM ${schema}.outcomes WHERE at >= $1 AND at < $2 GROUP BY name, type, permanent`,
      () => [storedTime(since), storedTime(until)],
    );
    const counts = new TypeCounts();
    for (const row of rows) for (const count of countsOfRow(row, by)) counts.add(count);
    return counts.all();
  }

  /** Written so that only the index by type can give the order. */
  async recent({ type, limit, before }: RecentQuery): Promise<{ events: readonly StoredEvent[]; next?: string }> {
    const where = type === undefined ? "e.seq < $1" : "(e.type, e.seq) < ($3, $1) AND e.type >= $3";
    const rows = await this.#query(
      (schema) => `SELECT e.seq, e.at, e.record, m.record AS mail
        FROM ${schema}.tracked_events e LEFT JOIN ${schema}.tracked_mails m ON m.key = e.mail
        WHERE ${where} ORDER BY ${type === undefined ? "" : "e.type DESC,"} e.seq DESC LIMIT $2`,
      () => [eventCursor(before), limit + 1, ...(type === undefined ? [] : [type])],
    );
    const page = rows.slice(0, limit);
    const events = page.map(storedEventOf);
    return rows.length > limit ? { events, next: String(page.at(-1)?.["seq"]) } : { events };
  }

  async prune(before: number, limit: number): Promise<number> {
    const [row] = await this.#query(
      (schema) => `CALL ${schema}.prune_tracking($1, $2, $3, NULL)`,
      (leftMs) => [storedTime(before), limit, leftMs],
    );
    return Number(row?.["forgotten"]);
  }

  async #query(
    statement: (schema: string) => string,
    parameters: (leftMs: number) => readonly unknown[],
  ): Promise<readonly Row[]> {
    return await this.#connection.query<Row>(statement(this.#connection.schema), parameters);
  }
}

const storedEventOf = (row: Row): StoredEvent => joinedEvent(eventOf(row), mailIn(row["mail"]));
