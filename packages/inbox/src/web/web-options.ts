import type { Hono } from "hono";
import type { CaughtMail } from "../caught-mail.ts";
import type { InboxUrls } from "../inbox.ts";
import type { InboxBy } from "../inbox-name.ts";

/** What came of handing a caught mail to a real transport. */
interface Released {
  readonly transport: string;
  readonly accepted: readonly string[];
  readonly rejected: readonly { readonly address: string; readonly reason: string }[];
}

/** Sends a caught mail to real addresses. */
export interface Release {
  /** Label of the transport. */
  readonly transport: string;
  /** Addresses, or `*@domain`, to which mails may go: domains in ASCII, all in lower case. */
  readonly allowed: readonly string[];
  /** @throws MailError of the transport */
  send(mail: CaughtMail, source: Uint8Array, to: readonly string[]): Promise<Released>;
}

export interface WebOptions {
  /** The providers' APIs, mounted at the root in this order. */
  readonly apis: readonly Hono[];
  readonly urls: () => InboxUrls;
  /** Host names under which the page may be asked for, besides loopback and addresses. Default: that of `urls().web`. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Folder of the built page. Default: the one of this package. */
  readonly uiFolder?: string | undefined;
  /** What tells inboxes apart. Default `"login"`. */
  readonly inboxBy?: InboxBy | undefined;
  /** Whether checks of links may reach private addresses. Default `false`. */
  readonly checkPrivateLinks?: boolean | undefined;
  /** Default: mails stay here. */
  readonly release?: Release | undefined;
}
