import type { BounceMail } from "./bounce-mail.ts";
import type { BounceReport, ReportEntry } from "./bounce-report.ts";
import { oneLine } from "./header-fields.ts";
import { originalOf } from "./original-mail.ts";
import { plainAddress } from "./report-address.ts";
import { meaningOf, statusIn } from "./status-meaning.ts";

const maxRecipients = 1_000;

/**
 * Reads a bounce of qmail (D. J. Bernstein, The qmail-send Bounce Message Format): after an introduction, a paragraph for
 * each recipient, `<ada@example.com>:` and why; then a line of dashes and the mail itself.
 */
export function qmailBounce({ text }: BounceMail): BounceReport | undefined {
  if (!text.startsWith("Hi. This is the")) return undefined;
  const body = text.replace(/\r\n/g, "\n");
  const end = body.indexOf("\n\n-");
  const paragraphs = body.slice(0, end === -1 ? undefined : end).split("\n\n", maxRecipients + 1);
  const entries = paragraphs.slice(1).flatMap((paragraph) => entryOf(paragraph) ?? []);
  if (entries.length === 0) return undefined;
  const copy = end === -1 ? "" : body.slice(end + 2).replace(/^[^\n]*\n\n?/, "");
  return { entries, original: originalOf(copy) };
}

function entryOf(paragraph: string): ReportEntry | undefined {
  const lineEnd = paragraph.indexOf("\n");
  const first = paragraph.slice(0, lineEnd === -1 ? undefined : lineEnd).trimEnd();
  const address = first.endsWith(":") ? plainAddress(first.slice(0, -1)) : undefined;
  if (address === undefined) return undefined;
  const response = lineEnd === -1 ? "" : oneLine(paragraph.slice(lineEnd, lineEnd + 1_000));
  // Codes stand in the end, such as (#5.1.1).
  const status = statusIn(/\(#([\d.]{5,11})\)$/.exec(response)?.[1]);
  return {
    type: "bounced",
    addresses: [address],
    ...meaningOf(status),
    detail: status ?? "failed",
    response: response || undefined,
    raw: paragraph.slice(0, 4_000),
  };
}
