import type { Address } from "@mail/core";
import type { SentAttachment } from "./sent-mail.ts";

/** What `expect.stringContaining(…)` and the like are. */
export interface AsymmetricMatcher {
  asymmetricMatch(value: unknown): boolean;
  getExpectedType?(): string;
}

/** A string matches exactly, a RegExp by test, a function by its answer. */
export type ExpectedText = string | RegExp | ((text: string) => boolean) | AsymmetricMatcher;

/**
 * A string matches by address (`"ada@example.com"`) or by name too (`"Ada <ada@example.com>"`), the domain whatever its
 * case. A RegExp is tested against both `ada@example.com` and `Ada <ada@example.com>`.
 */
export type ExpectedAddress =
  | string
  | RegExp
  | { readonly name?: ExpectedText | undefined; readonly address?: string | RegExp }
  | ((address: Address) => boolean)
  | AsymmetricMatcher;

/** A string or RegExp is for the file name. */
export type ExpectedAttachment =
  | string
  | RegExp
  | {
      readonly filename?: ExpectedText | undefined;
      /** A string, RegExp or matcher of strings is for the content as UTF-8. */
      readonly content?: string | RegExp | Uint8Array | ((content: Uint8Array) => boolean) | AsymmetricMatcher;
      /** Parameters such as `charset` count only if given. */
      readonly contentType?: ExpectedText;
      readonly contentId?: ExpectedText | undefined;
      readonly disposition?: "attachment" | "inline";
    }
  | ((attachment: SentAttachment) => boolean)
  | AsymmetricMatcher;

/** These among others; an empty list means that there is none. */
type Among<T> = T | readonly T[];

type ExpectedRecord = Readonly<Record<string, ExpectedText | undefined>>;

/** The fields that a mail must have; those which are left out may be anything, `undefined` means absent. */
export interface ExpectedMail {
  readonly id?: ExpectedText;
  readonly messageId?: ExpectedText;
  readonly from?: ExpectedAddress;
  readonly sender?: ExpectedAddress | undefined;
  readonly to?: Among<ExpectedAddress> | undefined;
  readonly cc?: Among<ExpectedAddress> | undefined;
  readonly bcc?: Among<ExpectedAddress> | undefined;
  readonly replyTo?: Among<ExpectedAddress> | undefined;
  readonly subject?: ExpectedText;
  readonly text?: ExpectedText | undefined;
  readonly html?: ExpectedText | undefined;
  readonly amp?: ExpectedText | undefined;
  readonly attachments?: Among<ExpectedAttachment> | undefined;
  readonly calendar?: { readonly content?: ExpectedText; readonly method?: ExpectedText } | undefined;
  /** These among others, names in any case. */
  readonly headers?: ExpectedRecord;
  readonly inReplyTo?: ExpectedText | undefined;
  readonly references?: Among<ExpectedText> | undefined;
  readonly priority?: "high" | "normal" | "low" | undefined;
  readonly tags?: Among<ExpectedText> | undefined;
  /** These among others. */
  readonly metadata?: ExpectedRecord;
  /** `data`: these among others, compared deeply. */
  readonly template?: { readonly id?: ExpectedText; readonly data?: Readonly<Record<string, unknown>> } | undefined;
  readonly sendAt?: Date | ((date: Date) => boolean) | AsymmetricMatcher | undefined;
  readonly tracking?: { readonly opens?: boolean; readonly clicks?: boolean } | undefined;
  readonly unsubscribe?:
    | { readonly url?: ExpectedText; readonly mailto?: ExpectedText; readonly oneClick?: boolean }
    | undefined;
  readonly envelope?: { readonly from?: ExpectedAddress; readonly to?: Among<ExpectedAddress> };
  readonly idempotencyKey?: ExpectedText | undefined;
  /** These among others, compared deeply. */
  readonly providerOptions?: Readonly<Record<string, unknown>>;
}
