export type { CaughtAttachment, CaughtMail, CaughtRequest, Via } from "./caught-mail.ts";
export type { ActiveFault, FaultAction, FaultOccasion, FaultRule, FaultStage, Faults } from "./fault.ts";
export type { Inbox, InboxUrls, WaitOptions } from "./inbox.ts";
export type { InboxBy } from "./inbox-name.ts";
export type { InboxOptions } from "./inbox-options.ts";
export type { MailPage, MailQuery } from "./mail-store.ts";
export type { ReleaseOptions } from "./release/release-options.ts";
export { startInbox } from "./start-inbox.ts";
export type {
  FireOptions,
  SnsSubscription,
  SubscriptionNotice,
  WebhookAction,
  WebhookAttempt,
  WebhookDelivery,
  WebhookKeys,
  WebhookTargets,
} from "./webhook.ts";
export type { WebhookPrivateKeys } from "./webhooks/webhook-private-keys.ts";
