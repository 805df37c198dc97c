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

/** One webhook in the delivery log. */
export interface WebhookDelivery {
  readonly id: string;
  readonly mailId: string;
  readonly action: WebhookAction;
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

/** Signs and delivers provider events for caught mails. */
export interface Webhooks {
  readonly keys: WebhookKeys;
  targets(): WebhookTargets;
  setTargets(targets: WebhookTargets): void;
  /** @throws Error that says what is missing, such as a target */
  fire(
    mail: CaughtMail,
    action: WebhookAction,
    options?: { readonly recipient?: string; readonly url?: string },
  ): Promise<WebhookDelivery>;
  /** Newest first. */
  log(mailId?: string): readonly WebhookDelivery[];
  /** Sends the same body again. */
  replay(id: string): Promise<WebhookDelivery>;
  close(): Promise<void>;
}
