import type { MailEventType } from "@mail/core";

const all: Readonly<Record<MailEventType, true>> = {
  queued: true,
  sent: true,
  delivered: true,
  deferred: true,
  bounced: true,
  rejected: true,
  failed: true,
  complained: true,
  unsubscribed: true,
  subscribed: true,
  opened: true,
  clicked: true,
  unknown: true,
};

/** Every type of event there is. */
export const eventTypes: readonly MailEventType[] = Object.keys(all) as MailEventType[];
