import type { CaughtMail } from "./caught-mail.ts";

export interface MailQuery {
  /** Name of the inbox; all of them where absent. */
  readonly inbox?: string | undefined;
  /** `from: to: subject: tag: has:attachment before: after:` and free text. */
  readonly search?: string | undefined;
  /** Default 100. */
  readonly limit?: number | undefined;
  /** Id of the last mail of the page before; newest come first. */
  readonly before?: string | undefined;
}

/** A page of mails, newest first, without bodies. */
export interface MailPage {
  readonly mails: readonly CaughtMail[];
  /** How many match in all. */
  readonly total: number;
  readonly unread: number;
}

/** What was caught, bounded by count and bytes: the oldest go first. */
export interface MailStore {
  /** Ids ascend. @returns the ids of those that had to go; the mail itself is always kept */
  add(mail: CaughtMail, source: Uint8Array): readonly string[];
  get(id: string): CaughtMail | undefined;
  /** The MIME source. */
  source(id: string): Uint8Array | undefined;
  list(query: MailQuery): MailPage;
  /** Names of inboxes with their counts. */
  inboxes(): readonly { readonly name: string; readonly total: number; readonly unread: number }[];
  markRead(id: string, unread: boolean): boolean;
  delete(id: string): boolean;
  clear(inbox?: string): void;
  close(): void;
}
