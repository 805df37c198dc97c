import type { Hono } from "hono";
import type { CaughtMail } from "./caught-mail.ts";
import type { Faults } from "./fault.ts";
import type { Hub } from "./hub.ts";
import type { MailQuery } from "./mail-store.ts";
import type { FireOptions, WebhookAction, WebhookDelivery, WebhookKeys, Webhooks, WebhookTargets } from "./webhook.ts";

/** Ready values for `MAIL_URL`, and the page's address. */
export interface InboxUrls {
  readonly smtp: string;
  /** Implicit TLS; its certificate is `Inbox.certificate`. */
  readonly smtps: string;
  readonly sendgrid: string;
  readonly mailgun: string;
  readonly ses: string;
  readonly web: string;
}

export interface WaitOptions {
  /** Default 5,000. */
  readonly timeoutMs?: number | undefined;
}

/** A running inbox. */
export interface Inbox extends AsyncDisposable {
  readonly urls: InboxUrls;
  /** PEM of the authority that signed the SMTP certificate, for `tls.ca`. */
  readonly certificate: string;
  readonly faults: Faults;
  readonly webhookKeys: WebhookKeys;
  setWebhookTargets(targets: WebhookTargets): void;
  /** Newest last. */
  messages(query?: MailQuery): readonly CaughtMail[];
  /** The MIME source of a mail. */
  source(id: string): Uint8Array | undefined;
  /** The first mail that fits, already there or still to come. @throws Error after `timeoutMs`, with what did come */
  waitFor(predicate: (mail: CaughtMail) => boolean, options?: WaitOptions): Promise<CaughtMail>;
  /** Does what a button on the page does. */
  fire(id: string, action: WebhookAction, options?: FireOptions): Promise<WebhookDelivery>;
  clear(inbox?: string): void;
  close(): Promise<void>;
}

/** What the parts of an inbox share. */
export interface InboxContext {
  readonly hub: Hub;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  /** Logins and keys that are accepted; any where absent. */
  readonly login: { readonly user: string; readonly pass: string } | undefined;
  /** Largest body in bytes. */
  readonly maxBytes: number;
}

/** One provider's API: mounted by the web server. */
export type ApiRoutes = (context: InboxContext) => Hono;
