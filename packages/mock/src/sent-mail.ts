import { formatAddress, type PreparedMessage } from "@mail/core";

/** An attachment as it was sent, its content read. */
export interface SentAttachment {
  readonly filename?: string;
  readonly contentType: string;
  readonly contentId?: string;
  readonly disposition: "attachment" | "inline";
  readonly content: Uint8Array;
  /** The content as UTF-8. Not enumerable, so that it stays out of comparisons and printed mails. */
  readonly text: string;
}

/** A mail as it was sent: a copy, which later changes to the app's own objects do not reach. */
export interface SentMail extends Omit<PreparedMessage, "attachments"> {
  readonly attachments: readonly SentAttachment[];
}

/** One line about a mail. */
function summarize({ to, cc, bcc, subject }: SentMail): string {
  const people = [...to, ...cc, ...bcc];
  const shown = people.slice(0, 3).map(formatAddress).join(", ");
  const more = people.length > 3 ? ` and ${people.length - 3} more` : "";
  return `${JSON.stringify(subject)} to ${shown}${more}`;
}

const maxListed = 10;

/** Numbered lines about mails, the newest ten where there are more. */
export function listMails(mails: readonly SentMail[]): string {
  const hidden = Math.max(0, mails.length - maxListed);
  const lines = mails.slice(hidden).map((mail, index) => `  ${hidden + index + 1}. ${summarize(mail)}`);
  return [...(hidden > 0 ? [`  … ${hidden} older`] : []), ...lines].join("\n");
}

export function countMails(count: number): string {
  return count === 1 ? "1 mail" : `${count} mails`;
}
