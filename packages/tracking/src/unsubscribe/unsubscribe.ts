import type { AddressInput } from "@mail/core";
import type { UnsubscribeTexts } from "./unsubscribe-texts.ts";

export interface UnsubscribeOptions {
  /** Where `tracker.unsubscribe` is mounted: an `https:` address (RFC 8058 section 3.1), at most 300 characters. */
  readonly url: string;
  /**
   * Signs and encrypts the links: at least 32 characters that nobody can guess. In a list the first makes links and all
   * read them, so keep old ones: links in old mails must work.
   */
  readonly secret: string | readonly string[];
  /** The words of the page. Default: English. */
  readonly texts?: Partial<UnsubscribeTexts> | undefined;
}

/** Answers one-click unsubscribe (RFC 8058): a POST unsubscribes, a GET shows a page that asks. */
export interface UnsubscribeHandler {
  (request: Request): Promise<Response>;
  /**
   * The address for `unsubscribe.url` of a message that goes through `tracker.transport`, which puts each recipient's
   * own link in its place, in html and text too.
   * @param options.scope the tag of which the recipient unsubscribes. Default: all mail
   */
  url(options?: { readonly scope?: string | undefined }): string;
  /** The link of one recipient, for mails that do not go through `tracker.transport`, and for a provider's templates. */
  linkFor(
    address: AddressInput,
    options?: { readonly scope?: string | undefined; readonly mailId?: string | undefined },
  ): string;
}
