import type { MailEventReason, MailEventType } from "@mail/core";
import type { OriginalMail } from "./original-mail.ts";

/** What a report says of one recipient. */
export interface ReportEntry {
  readonly type: MailEventType;
  /** Spellings of the recipient, the likeliest first. */
  readonly addresses: readonly string[];
  readonly reason?: MailEventReason | undefined;
  readonly permanent?: boolean | undefined;
  readonly detail?: string | undefined;
  readonly response?: string | undefined;
  /** As written. */
  readonly date?: string | undefined;
  readonly raw: unknown;
}

/** A report about a mail of ours, whatever its form. */
export interface BounceReport {
  readonly entries: readonly ReportEntry[];
  readonly original: OriginalMail;
}
