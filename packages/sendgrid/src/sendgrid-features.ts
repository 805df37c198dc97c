import { type Features, mailIdKey } from "@mail/core";
import { sendgridEventFields } from "./sendgrid-event-fields.ts";

const uuidLength = 36;
const hourMs = 3_600_000;

/** Mail Send reference, "Limitations" and request schema. */
export const sendgridFeatures: Features = {
  fields: ["amp", "attachments", "calendar", "metadata", "priority", "sendAt", "tags", "template", "tracking"],
  requires: ["to", "subject"],
  recipients: 1000,
  bytes: 30_000_000,
  scheduleMs: 72 * hourMs,
  tags: { count: 10, keyLength: 255 },
  metadata: { bytes: 10_000 - mailIdKey.length - uuidLength, reservedKeys: sendgridEventFields },
};
