import type { CaughtMail, CaughtRequest, Via } from "./caught-mail.ts";
import type { MailOrigin } from "./inbox-name.ts";
import type { MailStore } from "./mail-store.ts";
import type { ReadMail } from "./parse-mail.ts";

/** A mail as SMTP or one of the APIs hands it over. */
export interface IncomingMail {
  readonly via: Via;
  /** Its name by login or key; the hub may go by a domain instead. */
  readonly inbox: string;
  readonly domain?: MailOrigin["domain"];
  readonly envelope: { readonly from: string; readonly to: readonly string[] };
  /** MIME source, Bcc left out. */
  readonly source: Uint8Array;
  /** What the source says, where it is the same for many and was read once. */
  readonly read?: ReadMail | undefined;
  /** What the client was told; made up in the provider's form where absent. */
  readonly providerId?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly sendAt?: Date | undefined;
  readonly dialogue?: readonly string[] | undefined;
  readonly request?: CaughtRequest | undefined;
}

/** What changed, for the page's live updates and for `waitFor`. */
export type HubChange =
  | { readonly type: "caught"; readonly mail: CaughtMail }
  | { readonly type: "changed"; readonly id: string }
  | { readonly type: "deleted"; readonly id: string }
  | { readonly type: "cleared"; readonly inbox?: string };

/** Where mails come together: parses, stores and announces them. */
export interface Hub {
  readonly store: MailStore;
  catchMail(mail: IncomingMail): Promise<CaughtMail>;
  markRead(id: string, unread: boolean): boolean;
  delete(id: string): boolean;
  clear(inbox?: string): void;
  /** @returns a function that takes the listener off again */
  onChange(listener: (change: HubChange) => void): () => void;
}
