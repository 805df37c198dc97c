import type { Features } from "@mail/core";
import { maxEmailTagLength, reservedTagNames } from "./email-tags.ts";

/** Largest mail of SES v2, after base64 (SES developer guide, "Quotas"). */
export const maxMailBytes: number = 40 * 1024 * 1024;

/**
 * "Each input JSON file can be up to 1 MB" (SES developer guide, limits of inline templates): half of it for the texts,
 * and half for the recipients, whose data is JSON within JSON and may take twice the space.
 */
const batchBytes = 250_000;

/** SES sets its own return path, so `envelope.from` is left out; it has no schedule and no SMTPUTF8. */
export const sesFeatures: Features = {
  fields: ["amp", "attachments", "calendar", "metadata", "priority", "sender", "tags", "template", "tracking"],
  recipients: 50,
  bytes: maxMailBytes,
  tags: { count: reservedTagNames.length, valueLength: maxEmailTagLength, keyLength: maxEmailTagLength },
  metadata: {
    count: 39,
    keyLength: maxEmailTagLength,
    valueLength: maxEmailTagLength,
    reservedKeys: reservedTagNames,
  },
  batch: { recipients: 50, bytes: batchBytes },
};
