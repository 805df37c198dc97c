import { MailEventError, type MailEventReason, type MailEventType } from "@mail/core";
import type { BounceMail } from "./bounce-mail.ts";
import type { BounceReport, ReportEntry } from "./bounce-report.ts";
import { fieldBlocks, firstOf } from "./header-fields.ts";
import { originalIn } from "./original-mail.ts";
import { typedAddress } from "./report-address.ts";

interface Feedback {
  readonly type: MailEventType;
  readonly reason?: MailEventReason;
}

const complaint: Feedback = { type: "complained", reason: "spam" };

/**
 * By `Feedback-Type` (IANA registry of RFC 5965 section 7.3, RFC 6430 for `not-spam`, drafts before it for `opt-out`). A
 * virus that a scanner found, whatever has no name, and a reader who took the mail out of the spam folder are no
 * complaint: they are `unknown`.
 */
const feedbackTypes: Readonly<Record<string, Feedback>> = {
  abuse: complaint,
  fraud: complaint,
  "opt-out": { type: "unsubscribed", reason: "unsubscribed" },
  "opt-out-list": { type: "unsubscribed", reason: "unsubscribed" },
};

/** Of mails that fail DMARC (RFC 6591), be they ours or somebody's in our name: nothing that a recipient did. */
const authenticationFailure = "auth-failure";

/** Reads a complaint in the abuse reporting format (RFC 5965). @throws MailEventError `too_large` where it was cut */
export function feedbackReport({ parts, cut }: BounceMail): BounceReport | undefined {
  const part = parts.find(({ type }) => type === "message/feedback-report");
  if (part === undefined) return undefined;
  if (cut && part === parts.at(-1))
    throw new MailEventError("The report is longer than any other", { code: "too_large", field: "body" });
  const [fields] = fieldBlocks(part.text, 1);
  const feedbackType = firstOf(fields, "feedback-type")?.toLowerCase().slice(0, 40) ?? "";
  const known = Object.hasOwn(feedbackTypes, feedbackType) ? feedbackTypes[feedbackType] : undefined;
  const original = originalIn(parts);
  const report = {
    ...(known ?? { type: "unknown" as const }),
    detail: feedbackType || undefined,
    raw: Object.fromEntries([...(fields ?? [])].map(([name, values]) => [name, values.join(", ")])),
  };
  const addresses = (fields?.get("original-rcpt-to") ?? []).flatMap((recipient) => typedAddress(recipient) ?? []);
  const entries: readonly ReportEntry[] =
    addresses.length === 0
      ? [{ ...report, addresses: [] }]
      : addresses.map((address) => ({ ...report, addresses: [address] }));
  return {
    entries: feedbackType === authenticationFailure ? [] : entries,
    original: { ...original, returnPath: firstOf(fields, "original-mail-from") ?? original.returnPath },
  };
}
