import { MailEventError, type MailEventType } from "@mail/core";
import type { BounceMail } from "./bounce-mail.ts";
import type { BounceReport, ReportEntry } from "./bounce-report.ts";
import { fieldBlocks, firstOf, type HeaderFields } from "./header-fields.ts";
import { mailIdIn, originalIn } from "./original-mail.ts";
import { fromXtext, typedAddress } from "./report-address.ts";
import { meaningOf, statusIn, statusOfReply } from "./status-meaning.ts";

const types: ReadonlySet<string> = new Set(["message/delivery-status", "message/global-delivery-status"]);
const maxRecipients = 1_000;

/** Reads a delivery status notification (RFC 3464, RFC 6533). @throws MailEventError `too_large` where it was cut */
export function deliveryReport({ parts, cut }: BounceMail): BounceReport | undefined {
  const part = parts.find(({ type }) => types.has(type));
  if (part === undefined) return undefined;
  if (cut && part === parts.at(-1)) throw tooLarge("is longer than any report");
  const blocks = fieldBlocks(part.text, maxRecipients + 2);
  const recipients = blocks.filter(isAboutRecipient);
  if (recipients.length > maxRecipients) throw tooLarge(`is about more than ${maxRecipients} recipients`);
  const original = originalIn(parts);
  const envelopeId = fromXtext(firstOf(blocks[0], "original-envelope-id") ?? "");
  return {
    entries: recipients.length === 0 ? [nobody(part.text)] : recipients.map(entryOf),
    original: { ...original, mailId: original.mailId ?? mailIdIn(envelopeId) },
  };
}

/** The first block is about the mail as a whole (section 2.2), but some servers run it into the second. */
function isAboutRecipient(block: HeaderFields): boolean {
  return ["final-recipient", "original-recipient", "action", "status"].some((name) => block.has(name));
}

function entryOf(block: HeaderFields): ReportEntry {
  const [reply, isReply] = diagnosticOf(block);
  const action = firstOf(block, "action")?.toLowerCase() ?? "";
  const status = statusOf(block, isReply ? reply : undefined);
  const type = typeOf(action, status);
  const { reason, permanent } = meaningOf(status);
  return {
    type,
    addresses: addressesOf(block),
    ...(type === "bounced" && { reason, permanent }),
    ...(type === "deferred" && { reason: reason === "timed_out" || reason === "blocked" ? reason : "other" }),
    detail: (type === "bounced" || type === "deferred" ? status : undefined) ?? (action.slice(0, 40) || undefined),
    response: reply,
    date: firstOf(block, "last-attempt-date"),
    raw: Object.fromEntries([...block].map(([name, values]) => [name, values.join(", ")])),
  };
}

/** Section 2.3.3. What was handed on to a system that reports nothing, or to the members of a list, was delivered. */
const actions: Readonly<Record<string, MailEventType>> = {
  failed: "bounced",
  delayed: "deferred",
  delivered: "delivered",
  relayed: "delivered",
  expanded: "delivered",
};

const classes: Readonly<Record<string, MailEventType>> = { "2": "delivered", "4": "deferred", "5": "bounced" };

function typeOf(action: string, status: string | undefined): MailEventType {
  const [word = ""] = action.split(/[\s(]/, 1);
  const known = Object.hasOwn(actions, word) ? actions[word] : undefined;
  return known ?? classes[status?.[0] ?? ""] ?? "unknown";
}

/** Section 2.3.6. @returns the text, and whether it is the reply of an SMTP server */
function diagnosticOf(block: HeaderFields): readonly [reply: string | undefined, isReply: boolean] {
  const [, type = "smtp", text] = /^(?:([\w-]+)[ \t]*;)?(.*)$/.exec(firstOf(block, "diagnostic-code") ?? "") ?? [];
  return [text?.trim().slice(0, 1_000) || undefined, type.toLowerCase() === "smtp"];
}

/** Some servers, such as Exim, write 5.0.0 whatever the recipient's server said: then its own words count. */
function statusOf(block: HeaderFields, reply: string | undefined): string | undefined {
  const written = statusIn(firstOf(block, "status"));
  if (written !== undefined && !/^.\.0\.0$/.test(written)) return written;
  const said = statusOfReply(reply ?? "");
  return said !== undefined && (written === undefined || written[0] === said[0]) ? said : written;
}

/** The recipient as we wrote it is the original one; it may be in xtext where it is not the final one as it stands. */
function addressesOf(block: HeaderFields): readonly string[] {
  const final = typedAddress(firstOf(block, "final-recipient"));
  const written = firstOf(block, "original-recipient");
  const original = typedAddress(written);
  const decoded = original === undefined ? typedAddress(fromXtext(written ?? "")) : fromXtext(original);
  const same = original !== undefined && original.toLowerCase() === final?.toLowerCase();
  const all = same ? [original, decoded] : [decoded, original, final];
  return [...new Set(all.filter((address) => address !== undefined))];
}

function nobody(text: string): ReportEntry {
  return { type: "unknown", addresses: [], detail: "no recipient", raw: text.slice(0, 4_000) };
}

function tooLarge(problem: string): MailEventError {
  return new MailEventError(`The delivery status ${problem}`, { code: "too_large", field: "body" });
}
