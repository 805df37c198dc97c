import type { Features } from "@mail/core";
import { maxEmailTagLength, reservedTagNames } from "./email-tags.ts";

/** Largest mail of SES v2, after base64 (SES developer guide, "Quotas"). */
export const maxMailBytes: number = 40 * 1024 * 1024;

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
};
