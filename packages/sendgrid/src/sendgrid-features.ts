import { type BatchRecipient, type Features, mailIdKey, type PreparedMessage } from "@mail/core";
import { sendgridEventFields } from "./sendgrid-event-fields.ts";

const uuidLength = 36;
const hourMs = 3_600_000;

/** A request has 30 MB in all, of which these are for what differs between recipients. */
const batchBytes = 5_000_000;
/** Room for names of fields, settings and headers. */
const spareBytes = 1_000_000;
const maxRequestBytes = 30_000_000;
/** Of a personalization; less a link that a tracker may put in. */
const maxSubstitutionBytes = 10_000 - 1_000;
/** What a tag adds to its value: the tag, quotes, colon and comma. */
const tagBytes = 24;

/** Mail Send reference, "Limitations" and request schema. */
export const sendgridFeatures: Features = {
  fields: ["amp", "attachments", "calendar", "metadata", "priority", "sendAt", "tags", "template", "tracking"],
  requires: ["to", "subject"],
  recipients: 1000,
  bytes: maxRequestBytes,
  scheduleMs: 72 * hourMs,
  tags: { count: 10, keyLength: 255 },
  metadata: { bytes: 10_000 - mailIdKey.length - uuidLength, reservedKeys: sendgridEventFields },
  batch: { recipients: 1000, bytes: batchBytes },
};

/** Whether a mail can be one of many in a request. */
export function fitsSendgridBatch(mail: PreparedMessage, recipient: BatchRecipient): boolean {
  const { template, text, html, attachments } = mail;
  const values = [recipient.values, recipient.htmlValues].flatMap((all) => Object.values(all));
  // "Substitutions may not be used with dynamic templating" (Mail Send reference, "Errors").
  if (template !== undefined && values.length > 0 && (text ?? html) !== undefined) return false;
  const substitutionBytes = Buffer.byteLength(JSON.stringify(values)) + values.length * tagBytes;
  const fileBytes = attachments.reduce((sum, { size = 0 }) => sum + Math.ceil(size / 3) * 4, 0);
  const mailBytes = fileBytes + Buffer.byteLength(text ?? "") + Buffer.byteLength(html ?? "");
  return substitutionBytes <= maxSubstitutionBytes && mailBytes <= maxRequestBytes - batchBytes - spareBytes;
}
