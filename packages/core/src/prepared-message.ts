import type { Address } from "./address.ts";
import type { PreparedAttachment } from "./attachment.ts";
import type { ProviderOptions, Tracking } from "./message.ts";

/** Who gets the mail, whatever its headers say (RFC 5321 section 2.3.1). */
export interface Envelope {
  readonly from: string;
  /** Each address once. */
  readonly to: readonly string[];
}

/** A checked mail as an adapter receives it: addresses parsed, headers safe, ids set. Read-only. */
export interface PreparedMessage {
  /** UUIDv7. */
  readonly id: string;
  /** With `<>`. */
  readonly messageId: string;
  readonly date: Date;
  readonly envelope: Envelope;
  readonly from: Address;
  readonly sender?: Address;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly subject: string;
  readonly text?: string;
  readonly html?: string;
  readonly amp?: string;
  readonly attachments: readonly PreparedAttachment[];
  readonly calendar?: { readonly content: string; readonly method: string };
  /**
   * All headers that have no field of their own: the app's, `X-Mail-Id`, and those that follow from `inReplyTo`,
   * `references`, `priority` and `unsubscribe`. Values may hold non-ASCII text, never CR, LF or NUL.
   */
  readonly headers: Readonly<Record<string, string>>;
  readonly inReplyTo?: string;
  readonly references: readonly string[];
  readonly priority?: "high" | "normal" | "low";
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly template?: { readonly id: string; readonly data: Readonly<Record<string, unknown>> };
  readonly sendAt?: Date;
  readonly tracking?: Tracking;
  readonly unsubscribe?: { readonly url?: string; readonly mailto?: string; readonly oneClick: boolean };
  readonly idempotencyKey?: string;
  /** Goes to suppressed addresses too, as the app asked for when it sent the mail; of no concern to adapters. */
  readonly suppressions?: "ignore";
  readonly providerOptions: ProviderOptions;
}
