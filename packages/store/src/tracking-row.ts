import {
  eventKey,
  type MailEvent,
  type MailEventReason,
  type MailEventType,
  type MailOutcome,
  mailKey,
  mailNames,
  type RecordedMail,
  rawText,
  standInKey,
  type TrackedMail,
} from "@mail/core";
import { addressKey, storedKey } from "./stored-key.ts";

/** An event as SQLite and PostgreSQL keep it. */
export interface EventRow {
  readonly key: string;
  /** Of the mail that the event names itself. */
  readonly ownMail: string | null;
  /** Of an event that names none. */
  readonly standIn: string | null;
  readonly providerName: string | null;
  readonly messageName: string | null;
  readonly recipientKey: string | null;
  /** All of it as JSON. */
  readonly record: string;
}

export function eventRow(event: MailEvent): EventRow {
  const { mailId, providerId, messageId, recipient, raw, ...rest } = event;
  const named = mailId === undefined;
  const nameOf = (names: { providerId?: string; messageId?: string }) => storedKey(mailNames(names)[0] ?? "");
  return {
    key: eventKeyOf(event),
    ownMail: named ? null : storedMailKey(mailId),
    standIn: named ? storedKey(standInKey(event)) : null,
    providerName: named && providerId !== undefined ? nameOf({ providerId }) : null,
    messageName: named && messageId !== undefined ? nameOf({ messageId }) : null,
    recipientKey: recipient === undefined ? null : addressKey(recipient),
    record: `{"event":${JSON.stringify({ ...rest, mailId, providerId, messageId, recipient })},"raw":${rawText(raw)}}`,
  };
}

export const eventKeyOf = (event: MailEvent): string => storedKey(eventKey(event));

export function eventOf(row: Readonly<Record<string, unknown>>): MailEvent {
  const { event, raw } = JSON.parse(String(row["record"]));
  return { ...event, at: new Date(Number(row["at"])), raw };
}

export const storedMailKey = (mailId: string): string => storedKey(mailKey(mailId));

export function outcomeOf(row: Readonly<Record<string, unknown>>): MailOutcome {
  const { recipient, type, at, reason, permanent } = row;
  return {
    recipient: String(recipient),
    type: String(type) as MailEventType,
    at: Number(at),
    ...(typeof reason === "string" && { reason: reason as MailEventReason }),
    ...((permanent === true || permanent === 1) && { permanent: true }),
  };
}

/** The mail in a column of a row, if there is one. */
export function mailIn(record: unknown): TrackedMail | undefined {
  return recordIn(record)?.mail;
}

export function recordIn(record: unknown): RecordedMail | undefined {
  return typeof record === "string" ? JSON.parse(record) : undefined;
}

/** The keys of a mail's recipients; one that is empty where it has none. */
export function recipientKeys({ recipients }: TrackedMail): readonly string[] {
  return recipients.length > 0 ? recipients.map(addressKey) : [""];
}
