import type { MailEventError } from "./mail-event-error.ts";

/**
 * What became of a mail: a provider's name for it, in one set of names. `queued`: taken over by the provider; `sent`: on
 * its way; `deferred`: it will be tried again; `bounced`: given up by the recipient's side; `rejected`: not even tried by
 * the provider; `failed`: could not be made, such as a template that does not render.
 */
export type MailEventType =
  | "queued"
  | "sent"
  | "delivered"
  | "deferred"
  | "bounced"
  | "rejected"
  | "failed"
  | "complained"
  | "unsubscribed"
  | "subscribed"
  | "opened"
  | "clicked"
  | "unknown";

/** Why a mail was bounced, rejected or deferred. `spam` is the recipient's complaint or a filter's verdict on the mail. */
export type MailEventReason = "invalid" | "bounced" | "timed_out" | "blocked" | "spam" | "unsubscribed" | "other";

/** One thing that happened to one recipient's mail, as its provider reports it. */
export interface MailEvent {
  /** The same each time the provider reports the same event, and no other event of this provider has it. */
  readonly id: string;
  readonly type: MailEventType;
  /** When it happened, by the provider's clock. */
  readonly at: Date;
  /** `sendgrid`, `mailgun`, `ses`, `smtp`. */
  readonly provider: string;
  /** The mail's own id, where the mail carried it: `receipt.id`. */
  readonly mailId?: string;
  /** Without `<>`; equals `receipt.providerId`. */
  readonly providerId?: string;
  /** With `<>`. */
  readonly messageId?: string;
  /** One address, as the provider writes it. */
  readonly recipient?: string;
  readonly reason?: MailEventReason;
  /** Of what was bounced or rejected: true where the address will not take mail later either. */
  readonly permanent?: boolean;
  /** The provider's own word for it, such as `General` or `suppress-bounce`. */
  readonly detail?: string;
  /** What the recipient's server answered. */
  readonly response?: string;
  /** Of a click. */
  readonly url?: string;
  readonly userAgent?: string;
  readonly ip?: string;
  /**
   * True where nothing proves who reports it, such as of a bounce that came to no signed return path. It is believed of the
   * recipients of the recorded mail that it joins, and suppresses no other address.
   */
  readonly unsigned?: boolean;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** The event as the provider wrote it. */
  readonly raw: unknown;
}

/**
 * Reads one provider's reports. `sendgridEvents`, `mailgunEvents`, `sesEvents` and `bounceEvents` make one.
 */
export interface MailEventSource {
  readonly provider: string;
  /**
   * Checks a request and reads its events: none where it holds none, such as a confirmed subscription.
   * @throws MailEventError for a request that is refused
   */
  parse(request: Request): Promise<MailEvent[]>;
  /**
   * The HTTP status that makes this provider do the right thing about a refused request. Default: 401 for
   * `invalid_signature`, `stale` and `unknown_topic`, 400 for `malformed`, 413 for `too_large`.
   */
  statusFor?(error: MailEventError): number;
}
