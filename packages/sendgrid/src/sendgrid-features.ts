import { type Features, mailIdKey } from "@mail/core";

const uuidLength = 36;
const hourMs = 3_600_000;

/** Fields of SendGrid's own in an event, beside which custom arguments stand (Event Webhook reference). */
const eventFields = [
  "asm_group_id",
  "attempt",
  "bounce_classification",
  "category",
  "cert_err",
  "email",
  "event",
  "ip",
  "marketing_campaign_id",
  "marketing_campaign_name",
  "newsletter",
  "pool",
  "reason",
  "response",
  "send_at",
  "sg_content_type",
  "sg_event_id",
  "sg_machine_open",
  "sg_message_id",
  "sg_template_id",
  "sg_template_name",
  "smtp-id",
  "status",
  "timestamp",
  "tls",
  "type",
  "unique_arg",
  "url",
  "url_offset",
  "useragent",
] as const;

/** Mail Send reference, "Limitations" and request schema. */
export const sendgridFeatures: Features = {
  fields: ["amp", "attachments", "calendar", "metadata", "priority", "sendAt", "tags", "template", "tracking"],
  requires: ["to", "subject"],
  recipients: 1000,
  bytes: 30_000_000,
  scheduleMs: 72 * hourMs,
  tags: { count: 10, keyLength: 255 },
  metadata: { bytes: 10_000 - mailIdKey.length - uuidLength, reservedKeys: eventFields },
};
