import type { MailEvent } from "@mail/core";

/** For how long and for which mail. */
export interface SuppressionRule {
  /** From the event on, in milliseconds. Default: for good. */
  readonly expiresInMs?: number | undefined;
  /** The tag to which it is limited. Default: all mail; of one-click unsubscribe, that of the link. */
  readonly scope?: string | ((event: MailEvent) => string) | undefined;
}

/** Which events put an address on the list: `false` for never. */
export interface SuppressionPolicy {
  /** Hard bounces, and what a provider refuses because of them. Default: all mail, for good. */
  readonly bounced?: boolean | SuppressionRule | undefined;
  /** Default: all mail, for good. */
  readonly complained?: boolean | SuppressionRule | undefined;
  /** Default: all mail, or the scope of the link, for good. One-click unsubscribe always suppresses. */
  readonly unsubscribed?: boolean | SuppressionRule | undefined;
  /** Bounces that are not permanent, such as a full mailbox. Default: never. */
  readonly softBounced?: false | (SuppressionRule & { readonly expiresInMs: number }) | undefined;
}
