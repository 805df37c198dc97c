import {
  bareMessageId,
  derivedEventId,
  eventMetadata,
  eventRecord,
  eventTags,
  eventText,
  eventTime,
  type MailEvent,
  type MailEventType,
  mailIdKey,
  parseAddress,
  writeMailEvent,
} from "@mail/core";
import { enhancedCodeOf, type Failure, failureOf } from "./failure.ts";

type Fields = Readonly<Record<string, unknown>>;

/** User manual, "Event Types"; `failed` is what its reason makes of it. */
const types: ReadonlyMap<unknown, MailEventType> = new Map([
  ["accepted", "queued"],
  ["delivered", "delivered"],
  ["rejected", "rejected"],
  ["complained", "complained"],
  ["unsubscribed", "unsubscribed"],
  ["opened", "opened"],
  ["clicked", "clicked"],
]);

/** Reads the `event-data` of a post (user manual, "Event Structure"). */
export function toMailEvent(data: Fields, signedAt: Date): MailEvent {
  const at = eventTime(data["timestamp"], signedAt);
  const status = eventRecord(data["delivery-status"]);
  const headers = eventRecord(eventRecord(data["message"])["headers"]);
  const providerId = bareMessageId(headers["message-id"]);
  const variables = eventRecord(data["user-variables"]);
  const reject = eventRecord(data["reject"]);
  return writeMailEvent({
    id: idOf(data, at),
    ...outcomeOf(data, status),
    at,
    provider: "mailgun",
    mailId: eventText(variables[mailIdKey]),
    providerId,
    messageId: providerId && `<${providerId}>`,
    recipient: eventText(data["recipient"]) ?? soleAddress(headers["to"]),
    detail: eventText(data["reason"]) ?? eventText(reject["reason"]),
    response: eventText(status["message"]),
    url: eventText(data["url"]),
    userAgent: eventText(eventRecord(data["client-info"])["user-agent"]),
    ip: eventText(data["ip"]),
    tags: eventTags(data["tags"]),
    metadata: eventMetadata(Object.entries(variables)),
    raw: data,
  });
}

/** Mailgun's ids are "guaranteed to be unique within a day". */
function idOf(data: Fields, at: Date): string {
  const id = eventText(data["id"]);
  return id === undefined ? derivedEventId(data) : `${id}/${at.toISOString().slice(0, 10)}`;
}

function outcomeOf(data: Fields, status: Fields): Failure {
  if (data["event"] === "rejected") return { type: "rejected", reason: "other", permanent: false };
  if (data["event"] !== "failed") return { type: types.get(data["event"]) ?? "unknown" };
  return failureOf({
    temporary: data["severity"] === "temporary",
    reason: eventText(data["reason"]),
    code: Number(eventText(status["code"]) ?? 0),
    enhancedCode: enhancedCodeOf(eventText(status["enhanced-code"]), eventText(status["message"])),
  });
}

/** What Mailgun itself rejects names no recipient, but the mail does. */
function soleAddress(header: unknown): string | undefined {
  const text = eventText(header);
  try {
    return text === undefined ? undefined : parseAddress(text, "to").address;
  } catch {
    return undefined;
  }
}
