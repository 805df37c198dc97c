import { isEventRecord, type MailEvent, MailEventError, parseEventJson } from "@mail/core";
import { textAt } from "./json.ts";
import { sesMailEvents } from "./ses-mail-events.ts";
import type { SnsMessage } from "./sns-message.ts";

/** What SES publishes that is no event of a mail: inbound mail, and that a topic was set for notifications. */
const noEvents: ReadonlySet<string> = new Set(["Received", "AmazonSnsSubscriptionSucceeded"]);

/**
 * Reads the record in a verified notification. Plain text is none: SES says so when a topic was set for events.
 * @throws MailEventError `malformed` for JSON that is no record of SES
 */
export function readSesMessage({ fields, messageId, timestamp }: SnsMessage): MailEvent[] {
  const text = fields.Message ?? "";
  if (!/^\s*[[{]/.test(text)) return [];
  const record = parseEventJson(text);
  const type = isEventRecord(record) ? (textAt(record, "eventType") ?? textAt(record, "notificationType")) : undefined;
  if (!isEventRecord(record) || type === undefined)
    throw new MailEventError("Message is no event of SES", {
      code: "malformed",
      field: "Message",
      hint: "Let SES alone publish to this topic.",
    });
  return noEvents.has(type) ? [] : sesMailEvents(type, record, { messageId, timestamp });
}
