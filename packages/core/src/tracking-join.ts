import type { MailEvent } from "./mail-event.ts";
import type { StoredEvent, TrackedMail } from "./tracking-store.ts";

/** What a store keeps of a mail. */
export interface RecordedMail {
  readonly mail: TrackedMail;
  /** All that it was ever known by: a mail that is sent again by another provider gets another `providerId`. */
  readonly names: readonly string[];
}

/** Under which an event is known: its provider and id. */
export function eventKey({ provider, id }: MailEvent): string {
  return `${provider.replaceAll("%", "%25").replaceAll(":", "%3a")}:${id}`;
}

/** Under which all that happened to a mail is kept. */
export const mailKey = (mailId: string): string => `m:${mailId}`;

/** Under which all that happened to a mail is kept as long as nobody knows which one it is. */
export function standInKey(event: MailEvent): string {
  return mailNames(event)[0] ?? `e:${eventKey(event)}`;
}

/** The names by which an event without `mailId` finds its mail, the better one first. */
export function mailNames({ providerId, messageId }: Pick<TrackedMail, "providerId" | "messageId">): readonly string[] {
  return [
    ...(providerId === undefined ? [] : [`p:${providerId}`]),
    ...(messageId === undefined ? [] : [`i:${messageId}`]),
  ];
}

/** The event's own recipient, or the only one that its mail has; empty where there is none. */
export function recipientOf(event: MailEvent, mail: TrackedMail | undefined): string {
  return event.recipient ?? onlyRecipient(mail) ?? "";
}

export function onlyRecipient(mail: TrackedMail | undefined): string | undefined {
  return mail?.recipients.length === 1 ? mail.recipients[0] : undefined;
}

/** The domain of an address in lower case; empty where there is none. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf("@");
  return at === -1 ? "" : address.slice(at + 1).toLowerCase();
}

/** An event with what its mail adds to it. */
export function joinedEvent(event: MailEvent, mail: TrackedMail | undefined): StoredEvent {
  if (mail === undefined) return event;
  const recipient = recipientOf(event, mail);
  return {
    ...event,
    mailId: mail.id,
    transport: mail.transport,
    ...(recipient !== "" && { recipient }),
    tags: event.tags.length > 0 ? event.tags : mail.tags,
    metadata: Object.keys(event.metadata).length > 0 ? event.metadata : mail.metadata,
  };
}

/** A mail with what is told of it later. */
export function completeMail(known: RecordedMail | undefined, told: TrackedMail): RecordedMail {
  const before = known?.mail ?? { ...told, recipients: [], tags: [] };
  const texts = Object.entries(told).filter(([, value]) => typeof value === "string" && value !== "");
  const mail = {
    ...before,
    ...Object.fromEntries(texts),
    at: Math.min(before.at, told.at),
    recipients: joinedAddresses(before.recipients, told.recipients),
    tags: [...new Set([...before.tags, ...told.tags])],
    metadata: { ...before.metadata, ...told.metadata },
  };
  return { mail, names: [...new Set([...(known?.names ?? []), ...mailNames(told)])] };
}

/** As first written; addresses compare case-insensitively. */
function joinedAddresses(known: readonly string[], told: readonly string[]): readonly string[] {
  const all = new Map<string, string>();
  for (const address of [...known, ...told]) {
    const lower = address.toLowerCase();
    if (!all.has(lower)) all.set(lower, address);
  }
  return [...all.values()];
}

/** Nothing comes before a text that is no cursor. */
export function eventCursor(text: string | undefined): number {
  if (text === undefined) return Number.MAX_SAFE_INTEGER;
  const cursor = /^\d+$/.test(text) ? Number(text) : 0;
  return Number.isSafeInteger(cursor) ? cursor : 0;
}
