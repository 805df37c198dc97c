import type { Address } from "@mail/core";

/** What Mailgun does with a mail, whatever the mail is made of. */
export interface MailgunSettings {
  readonly to: readonly Address[];
  readonly tags: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly deliverAt: Date | undefined;
  readonly testMode: boolean;
  /** By address in lower case; `undefined` where the recipients get one mail together. */
  readonly recipientVariables: RecipientVariables | undefined;
}

export type RecipientVariables = ReadonlyMap<string, Readonly<Record<string, unknown>>>;
