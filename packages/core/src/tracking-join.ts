import type { MailEvent } from "./mail-event.ts";
import type { StoredEvent, TrackedMail } from "./tracking-store.ts";

/** Under which an event is known: its provider and id. */
export function eventKey({ provider, id }: MailEvent): string {
  return `${provider.replaceAll("%", "%25").replaceAll(":", "%3a")}:${id}`;
}

/** Under which all that happened to a mail is kept; it says whether the mail is known by its own id. */
export const mailKey = (mailId: string): string => `m:${mailId}`;

/** The names by which events without `mailId` find a mail, the better one first. */
export function aliasesOf({ providerId, messageId }: Pick<TrackedMail, "providerId" | "messageId">): string[] {
  return [
    ...(providerId === undefined ? [] : [`p:${providerId}`]),
    ...(messageId === undefined ? [] : [`i:${messageId}`]),
  ];
}

/** Under which an event is kept whose mail is not known. */
export function standInKey(event: MailEvent): string {
  return aliasesOf(event)[0] ?? `e:${eventKey(event)}`;
}

/** Of the mails with one name, the event's; none where several have its recipient or none has it. */
export function chooseMail(event: MailEvent, mails: readonly TrackedMail[]): TrackedMail | undefined {
  if (mails.length < 2) return mails[0];
  const { recipient } = event;
  if (recipient === undefined) return undefined;
  const having = mails.filter((mail) => spelledBy(mail, recipient) !== undefined);
  return having.length === 1 ? having[0] : undefined;
}

/** The event's own recipient, or the only one that its mail has. */
export function recipientOf(event: MailEvent, mail: TrackedMail | undefined): string {
  return event.recipient ?? (mail?.recipients.length === 1 ? (mail.recipients[0] as string) : "");
}

/** A recipient as the mail writes it. */
export function spelledBy(mail: TrackedMail | undefined, recipient: string): string | undefined {
  const lower = recipient.toLowerCase();
  return mail?.recipients.find((other) => other.toLowerCase() === lower);
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
  };
}

/**
 * A mail with what is told of it later: of two texts the later counts unless it is empty, lists are joined, and it was
 * handed over at the earlier time.
 */
export function completeMail(known: TrackedMail | undefined, told: TrackedMail): TrackedMail {
  if (known === undefined) return { ...told, recipients: joined([], told.recipients), tags: [...new Set(told.tags)] };
  return {
    ...known,
    ...Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined && value !== "")),
    at: Math.min(known.at, told.at),
    recipients: joined(known.recipients, told.recipients),
    tags: [...new Set([...known.tags, ...told.tags])],
    metadata: { ...known.metadata, ...told.metadata },
  };
}

/** As first written; addresses compare case-insensitively. */
function joined(known: readonly string[], told: readonly string[]): readonly string[] {
  const all = new Map(known.map((address) => [address.toLowerCase(), address]));
  for (const address of told) {
    const lower = address.toLowerCase();
    if (!all.has(lower)) all.set(lower, address);
  }
  return [...all.values()];
}
