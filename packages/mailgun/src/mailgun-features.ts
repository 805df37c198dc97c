import { type Features, mailIdKey } from "@mail/core";

const dayMs = 86_400_000;
const mailIdBytes = mailIdKey.length + 36;

/** Largest mail: "The maximum message size Mailgun supports is 25MB" (user manual, "Send via HTTP"). */
export const maxMailBytes: number = 25 * 1024 * 1024;

/** All `o:`, `h:`, `v:` and `t:` fields together (API reference, "Send an email"). */
export const maxOptionBytes: number = 16 * 1024;

/** API reference, "Send an email"; tags: user manual, "Tagging", and the vendor's own SDK for Ruby. */
export const mailgunFeatures: Features = {
  fields: ["amp", "attachments", "metadata", "priority", "sender", "sendAt", "tags", "template", "tracking"],
  requires: ["to"],
  recipients: 1000,
  bytes: maxMailBytes,
  scheduleMs: 3 * dayMs,
  tags: { count: 10, keyLength: 128, ascii: true },
  metadata: { bytes: maxOptionBytes - mailIdBytes },
  // With a mail of 25 MB, these stay below the 52.4 MB of a request, whose `h:` and `v:` are the same for all.
  batch: { recipients: 1000, bytes: 10_000_000, uniform: true },
};
