import {
  bareMessageId,
  derivedEventId,
  eventMetadata,
  eventTags,
  eventText,
  eventTime,
  isEventRecord,
  type MailEvent,
  MailEventError,
  type MailEventType,
  mailIdKey,
  writeMailEvent,
} from "@mail/core";
import { sendgridEventFields } from "../sendgrid-event-fields.ts";
import { failureOf } from "./failure.ts";

type SendgridEvent = Readonly<Record<string, unknown>>;

/** "Event Webhook Reference". */
const types: ReadonlyMap<unknown, MailEventType> = new Map([
  ["processed", "queued"],
  ["delivered", "delivered"],
  ["deferred", "deferred"],
  ["bounce", "bounced"],
  ["dropped", "rejected"],
  ["spamreport", "complained"],
  ["unsubscribe", "unsubscribed"],
  ["group_unsubscribe", "unsubscribed"],
  ["group_resubscribe", "subscribed"],
  ["open", "opened"],
  ["click", "clicked"],
]);

/** In others `ip` is the address that the mail was sent from. */
const ofReaders: ReadonlySet<MailEventType> = new Set(["opened", "clicked", "unsubscribed", "subscribed"]);

const ownFields: ReadonlySet<string> = new Set(sendgridEventFields);

/**
 * Reads a batch, all of it or nothing.
 * @param signedAt stands in where an event has no time
 * @throws MailEventError `malformed`
 */
export function toMailEvents(batch: unknown, signedAt: Date): MailEvent[] {
  const events: readonly unknown[] = Array.isArray(batch) ? batch : [batch];
  return events.map((event, index) => {
    if (isEventRecord(event)) return toMailEvent(event, signedAt);
    throw new MailEventError(`events[${index}] is no object`, { code: "malformed", field: `events[${index}]` });
  });
}

function toMailEvent(event: SendgridEvent, signedAt: Date): MailEvent {
  const type = types.get(event["event"]) ?? "unknown";
  const messageId = bareMessageId(event["smtp-id"]);
  return writeMailEvent({
    id: eventText(event["sg_event_id"]) ?? derivedEventId(event),
    type,
    at: eventTime(event["timestamp"], signedAt),
    provider: "sendgrid",
    mailId: eventText(event[mailIdKey]),
    providerId: providerIdOf(eventText(event["sg_message_id"])),
    messageId: messageId && `<${messageId}>`,
    recipient: eventText(event["email"]),
    ...failureOf(event),
    url: eventText(event["url"]),
    userAgent: eventText(event["useragent"]),
    ip: ofReaders.has(type) ? eventText(event["ip"]) : undefined,
    tags: eventTags(event["category"]),
    metadata: eventMetadata(Object.entries(event).filter(([key]) => !ownFields.has(key))),
    raw: event,
  });
}

/**
 * The `X-Message-Id` that the API answered with, to which SendGrid's servers append their own names, as in
 * `wrfRRvF7Q0GgwUo2CvDmEA.filter0425p1mdw1.13037.57168B4A1D.0`. Mail that came by SMTP may have dots in it.
 */
function providerIdOf(messageId: string | undefined): string | undefined {
  if (messageId === undefined || /^(?:filter|recvd)/.test(messageId)) return undefined;
  return /^(.+?)\.(?:filter|recvd)/.exec(messageId)?.[1] ?? messageId.split(".", 1)[0];
}
