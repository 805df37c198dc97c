import type { AddressInput } from "@mail/core";
import type { UnsubscribeTexts } from "./unsubscribe-texts.ts";

export interface UnsubscribeOptions {
  /** Where `tracker.unsubscribe` is mounted: an `https:` address (RFC 8058 section 3.1), at most 300 characters. */
  readonly url: string;
  /**
   * Signs and encrypts the links: at least 32 characters that nobody can guess. In a list the first makes links and all
   * read them, so keep old ones: links in old mails must work.
   */
  readonly secret: string | readonly string[] | undefined;
  /** The words of the page. Default: English. */
  readonly texts?: Partial<UnsubscribeTexts> | undefined;
}

export interface UnsubscribeLinkOptions {
  /** The tag of which the recipient unsubscribes. Default: all mail. */
  readonly scope?: string | undefined;
}

/** Answers one-click unsubscribe (RFC 8058): a POST unsubscribes, a GET shows a page that asks. */
export interface UnsubscribeHandler {
  (request: Request): Promise<Response>;
  /**
   * The address for `unsubscribe.url` of a message that goes through `tracker.transport`, which puts each recipient's
   * own link in its place, in html and text too.
   */
  url(options?: UnsubscribeLinkOptions): string;
  /** The link of one recipient, for mails that do not go through `tracker.transport`, and for a provider's templates. */
  linkFor(address: AddressInput, options?: UnsubscribeLinkOptions & { readonly mailId?: string | undefined }): string;
}
