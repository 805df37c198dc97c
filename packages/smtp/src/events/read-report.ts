import { MailEventError } from "@mail/core";
import type { BounceMail } from "./bounce-mail.ts";
import type { BounceReport } from "./bounce-report.ts";
import { deliveryReport } from "./delivery-report.ts";
import { eximBounce } from "./exim-bounce.ts";
import { feedbackReport } from "./feedback-report.ts";
import { firstOf } from "./header-fields.ts";
import { originalIn } from "./original-mail.ts";
import { qmailBounce } from "./qmail-bounce.ts";

/**
 * Finds out what a mail reports, by its structure: never by words in a text for people, which come in all languages and
 * in whatever a stranger writes.
 * @returns nothing for a mail that is no report on a delivery: read receipts, absence notes, letters
 * @throws MailEventError `too_large` where the report was cut
 */
export function readReport(mail: BounceMail): BounceReport | undefined {
  const report = feedbackReport(mail) ?? deliveryReport(mail);
  if (report !== undefined) return report;
  if (mail.cut && isReport(mail))
    throw new MailEventError("The mail has a longer text than any report", { code: "too_large", field: "body" });
  if (mail.parts.some(({ type }) => type.endsWith("disposition-notification"))) return undefined;
  return qmailBounce(mail) ?? eximBounce(mail) ?? unknownBounce(mail);
}

function isReport({ fields }: BounceMail): boolean {
  return /^multipart\/report\b/i.test(firstOf(fields, "content-type") ?? "");
}

/** Who answers a mail by itself writes from the null sender too, but says so (RFC 3834 section 5, and habits before it). */
function isAutoReply({ fields }: BounceMail): boolean {
  if (["x-autoreply", "x-autorespond", "x-autoresponder"].some((name) => fields.has(name))) return true;
  if (/^auto[-_]?reply/i.test(firstOf(fields, "precedence") ?? "")) return true;
  return /^auto-replied\b/i.test(firstOf(fields, "auto-submitted") ?? "");
}

/** What comes from the null sender (RFC 5321 section 4.5.5) is most likely a bounce, in a form that nobody can read. */
function unknownBounce(mail: BounceMail): BounceReport | undefined {
  if (firstOf(mail.fields, "return-path") !== "<>" || isAutoReply(mail)) return undefined;
  const subject = firstOf(mail.fields, "subject")?.slice(0, 200);
  return {
    entries: [{ type: "unknown", addresses: [], detail: "no delivery status", raw: { subject } }],
    original: originalIn(mail.parts),
  };
}
