import type { Address } from "./address.ts";
import type { MailError } from "./mail-error.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { TransportReceipt } from "./receipt.ts";

/** A placeholder in a template: `{{name}}`, or `{{{name}}}` (`raw`) in html, which is not escaped. */
export interface Placeholder {
  readonly name: string;
  readonly raw: boolean;
}

/** A text split at its placeholders. */
export type Segments = readonly (string | Placeholder)[];

/** The mail that all recipients of a batch get, its texts split into segments. Ids are the recipients' own. */
export interface BatchMail
  extends Omit<
    PreparedMessage,
    "id" | "messageId" | "envelope" | "to" | "cc" | "bcc" | "subject" | "text" | "html" | "headers" | "idempotencyKey"
  > {
  readonly envelope: { readonly from: string };
  readonly subject: Segments;
  readonly text?: Segments;
  readonly html?: Segments;
  readonly headers: Readonly<Record<string, Segments>>;
}

export interface BatchRecipient {
  /** The id of this recipient's mail (UUIDv7). */
  readonly id: string;
  /** With `<>`. */
  readonly messageId: string;
  readonly to: Address;
  /** Value of each placeholder, as text. */
  readonly values: Readonly<Record<string, string>>;
  /** The same, HTML-escaped, for `html`. */
  readonly htmlValues: Readonly<Record<string, string>>;
  /** Headers of this recipient alone, ready to use: `X-Mail-Id` and the recipient's own. */
  readonly headers: Readonly<Record<string, string>>;
  /** Metadata of this recipient, the message's included. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Data for the mail's `template`, the message's included; absent where the recipient brings none. */
  readonly templateData?: Readonly<Record<string, unknown>>;
  readonly idempotencyKey?: string;
}

export interface BatchRequest {
  readonly mail: BatchMail;
  readonly recipients: readonly BatchRecipient[];
}

/** What became of one recipient of a batch, by the recipient's `id`. */
export type BatchOutcome =
  | { readonly id: string; readonly ok: true; readonly receipt: TransportReceipt }
  | { readonly id: string; readonly ok: false; readonly error: MailError };
