import type { Address } from "@mail/core";

/** The way a mail came in. */
export type Via = "smtp" | "sendgrid" | "mailgun" | "ses";

export interface CaughtAttachment {
  /** Position in the mail, from 0. */
  readonly index: number;
  /** That of an alternative is made up. */
  readonly filename?: string;
  /** Media type without parameters. */
  readonly contentType: string;
  /** `alternative` is another form of the text, which clients show instead of it: AMP or an invitation. */
  readonly disposition: "attachment" | "inline" | "alternative";
  /** Without `<>`. */
  readonly contentId?: string;
  /** In bytes. */
  readonly size: number;
}

/** The request of an API client as it came, keys masked. */
export interface CaughtRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON or form fields as text; cut in the middle beyond 1,000,000 characters, and earlier where one makes many mails. */
  readonly body: string;
}

/** One mail to one recipient or one envelope, as its readers would see it. */
export interface CaughtMail {
  /** UUIDv7 of the inbox. */
  readonly id: string;
  /** Name of the inbox that it fell into. */
  readonly inbox: string;
  readonly via: Via;
  readonly receivedAt: Date;
  readonly unread: boolean;
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  /** From `X-Mail-Id`. */
  readonly mailId?: string;
  /** The id that the client was given, without `<>`: what webhooks carry. */
  readonly providerId: string;
  readonly messageId?: string;
  readonly from?: Address;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  /** Recipients of the envelope that no header names. */
  readonly bcc: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly attachments: readonly CaughtAttachment[];
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** When the provider would send it, where the client asked for a later time. */
  readonly sendAt?: Date;
  /** Size of the source in bytes. */
  readonly size: number;
  /** SMTP commands and replies, secrets masked; present for `smtp`. */
  readonly dialogue?: readonly string[];
  /** Present for APIs. */
  readonly request?: CaughtRequest;
}
