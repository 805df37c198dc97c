import type { CaughtMail } from "./caught-mail.ts";

/** What a button on a mail reports back to the app. */
export type WebhookAction = "deliver" | "soft_bounce" | "hard_bounce" | "complain" | "open" | "click" | "unsubscribe";

/** One try to hand a webhook over. */
export interface WebhookAttempt {
  readonly at: Date;
  /** HTTP status, or SMTP reply code for DSN and ARF mails. */
  readonly status?: number;
  readonly error?: string;
  readonly durationMs: number;
}

/** What SNS itself tells an endpoint: about its subscription, not about a mail. */
export type SubscriptionNotice = "confirm_subscription" | "subscription_confirmed" | "confirm_unsubscribe";

/** One webhook in the delivery log. */
export interface WebhookDelivery {
  readonly id: string;
  /** Absent for notices about the SNS subscription. */
  readonly mailId?: string;
  readonly action: WebhookAction | SubscriptionNotice;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly state: "pending" | "delivered" | "failed";
  readonly attempts: readonly WebhookAttempt[];
}

/** Addresses to which webhooks go; `smtp` is an address of the form smtp://host:port for bounce mails. */
export interface WebhookTargets {
  readonly sendgrid?: string | undefined;
  readonly mailgun?: string | undefined;
  readonly ses?: string | undefined;
  readonly smtp?: string | undefined;
}

/** What an app needs to verify the webhooks. */
export interface WebhookKeys {
  /** Base64 SPKI, as SendGrid's dashboard shows it. */
  readonly sendgridPublicKey: string;
  readonly mailgunSigningKey: string;
  readonly sesTopicArn: string;
  /** PEM of the certificate that signs SNS messages, also served under `SigningCertURL`. */
  readonly sesCertificate: string;
}

/** What a webhook is to say beyond its action. */
export interface FireOptions {
  /** Those of the envelope whom it is about. Default all of them. */
  readonly recipient?: string | readonly string[] | undefined;
  /** Where this one goes. Default the target. */
  readonly url?: string | undefined;
  /** Which of the provider's events for this action, by its name in `webhookDetails`. Default the usual one. */
  readonly detail?: string | undefined;
  /** The address that `click` reports. Default the first link of the mail. */
  readonly link?: string | undefined;
}

/** The subscription of the target for SES to the SNS topic. */
export interface SnsSubscription {
  /** Events are posted in each state, although SNS itself would wait for the confirmation. */
  readonly state: "none" | "pending" | "confirmed";
  /** Does what a request to `SubscribeURL` does. @returns the subscription's ARN; undefined for an unknown token */
  confirm(token: string): string | undefined;
  /** Does what a request to `UnsubscribeURL` does. @returns false for an unknown subscription */
  end(subscriptionArn: string): boolean;
}

/** Signs and delivers provider events for caught mails. */
export interface Webhooks {
  readonly keys: WebhookKeys;
  readonly subscription: SnsSubscription;
  targets(): WebhookTargets;
  setTargets(targets: WebhookTargets): void;
  /** @throws Error that says what is missing, such as a target */
  fire(mail: CaughtMail, action: WebhookAction, options?: FireOptions): Promise<WebhookDelivery>;
  /** Newest first. */
  log(mailId?: string): readonly WebhookDelivery[];
  /** Sends the same body again. */
  replay(id: string): Promise<WebhookDelivery>;
  close(): Promise<void>;
}
