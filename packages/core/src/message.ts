import type { AddressInput, AddressList } from "./address.ts";
import type { Attachment } from "./attachment.ts";

/**
 * Options that only one adapter understands, under its name. Adapters add their own by interface augmentation;
 * those of other adapters are ignored, so a message can carry several.
 */
// biome-ignore lint/suspicious/noEmptyInterface: adapters augment it
export interface ProviderOptions {}

/** A calendar invitation (RFC 5545), shown as such by mail clients (RFC 6047). */
export interface CalendarPart {
  readonly content: string;
  /** iTIP method such as `REQUEST`. Default: the `METHOD` line of the content, else `PUBLISH`. */
  readonly method?: string | undefined;
}

/** A template stored at the provider. */
export interface TemplateReference {
  readonly id: string;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

export interface Tracking {
  readonly opens?: boolean | undefined;
  readonly clicks?: boolean | undefined;
}

/** How the recipient unsubscribes (RFC 2369 and RFC 8058). */
export interface Unsubscribe {
  /** An `https:` address. */
  readonly url?: string | undefined;
  /** A mailbox or a `mailto:` address. */
  readonly mailto?: string | undefined;
  /** Adds `List-Unsubscribe-Post`, for which `url` must answer a POST. Default: true where `url` is given. */
  readonly oneClick?: boolean | undefined;
}

/** A mail as the app writes it. */
export interface Message {
  readonly from?: AddressInput | undefined;
  readonly sender?: AddressInput | undefined;
  readonly to?: AddressList | undefined;
  readonly cc?: AddressList | undefined;
  readonly bcc?: AddressList | undefined;
  readonly replyTo?: AddressList | undefined;
  readonly subject?: string | undefined;
  readonly text?: string | undefined;
  readonly html?: string | undefined;
  /** AMP for Email. Needs `html` or `text` beside it. */
  readonly amp?: string | undefined;
  readonly attachments?: readonly Attachment[] | undefined;
  readonly calendar?: CalendarPart | undefined;
  /** Further headers, one value each. Those which have a field of their own are refused. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Message-ID of the mail that this one answers. */
  readonly inReplyTo?: string | undefined;
  /** Message-IDs of the thread, oldest first. */
  readonly references?: string | readonly string[] | undefined;
  readonly priority?: "high" | "normal" | "low" | undefined;
  /** At most 10, each at most 128 bytes of UTF-8. */
  readonly tags?: readonly string[] | undefined;
  /** Strings that come back in the provider's events; at most 10,000 bytes in all. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly template?: TemplateReference | undefined;
  /** Not before this moment. A moment in the past means now. */
  readonly sendAt?: Date | undefined;
  readonly tracking?: Tracking | undefined;
  readonly unsubscribe?: Unsubscribe | undefined;
  /** `from`: the return path (RFC 5321 MAIL FROM) where it differs from `from`. */
  readonly envelope?: { readonly from?: string | undefined } | undefined;
  /** Two mails with the same key are one mail; at most 255 characters. */
  readonly idempotencyKey?: string | undefined;
  readonly providerOptions?: ProviderOptions | undefined;
}
