import { randomBytes, randomUUID } from "node:crypto";
import { domainOf } from "../caught-address.ts";
import type { ReportMailVariant } from "./report-mail-variants.ts";
import { type ReportedEvent, senderIp } from "./reported-event.ts";

const hostname = "inbox.localhost";
const fiveDaysMs = 5 * 24 * 3_600_000;

/** A report's machine-readable fields, in blocks. */
type Blocks = readonly (readonly (readonly [name: string, value: string])[])[];

/**
 * A report about a mail to its sender: `multipart/report` (RFC 6522) of a text for people, the fields for machines and
 * the header of the mail. @throws Error for a mail from the null sender, to whom nobody reports
 */
export function reportMail(variant: ReportMailVariant, event: ReportedEvent, originalHeaders: string): string {
  const to = event.mail.envelope.from;
  if (to === "")
    throw new Error("This mail came from the null sender <>, so that nobody is told of it (RFC 5321 section 4.5.5).");
  const fields = variant.type === "feedback" ? feedback(variant, event) : deliveryStatus(variant, event);
  const plain = isAscii(fields) && isAscii(originalHeaders);
  const boundary = `=_${randomBytes(12).toString("hex")}`;
  const isFeedback = variant.type === "feedback";
  const statusType = isAscii(fields) ? "message/delivery-status" : "message/global-delivery-status";
  const parts = [
    part("text/plain; charset=utf-8", textFor(variant, event)),
    part(isFeedback ? "message/feedback-report" : statusType, fields),
    part(isAscii(originalHeaders) ? "text/rfc822-headers" : "message/global-headers", originalHeaders),
  ];
  const sender = isFeedback ? "Feedback Loop <feedback" : "Mail Delivery System <mailer-daemon";
  const header = [
    `From: ${sender}@${hostname}>`,
    `To: <${to}>`,
    `Subject: ${subjectFor(variant)}`,
    `Date: ${rfc5322Date(event.at)}`,
    `Message-ID: <${randomUUID()}@${hostname}>`,
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    `Content-Type: multipart/report; report-type=${isFeedback ? "feedback-report" : "delivery-status"};\r\n boundary="${boundary}"`,
    `Content-Transfer-Encoding: ${plain && isAscii(to) ? "7bit" : "8bit"}`,
  ].join("\r\n");
  const body = parts.map((content) => `--${boundary}\r\n${content}\r\n`).join("");
  return `${header}\r\n\r\n${body}--${boundary}--\r\n`;
}

/** RFC 3464; addresses beyond ASCII by RFC 6533. */
function deliveryStatus(
  { action, status, diagnostic }: ReportMailVariant & { readonly type: "delivery-status" },
  { mail, recipients, at }: ReportedEvent,
): string {
  const typed = (address: string): string => `${isAscii(address) ? "rfc822" : "utf-8"}; ${address}`;
  const envelopeId = envelopeIdIn(mail.dialogue ?? []);
  return written([
    [
      ["Reporting-MTA", `dns; ${hostname}`],
      ...(envelopeId === undefined ? [] : ([["Original-Envelope-Id", envelopeId]] as const)),
      ["Arrival-Date", rfc5322Date(mail.receivedAt)],
    ],
    ...recipients.map((recipient) => [
      ["Original-Recipient", typed(recipient)] as const,
      ["Final-Recipient", typed(recipient)] as const,
      ["Action", action] as const,
      ["Status", status] as const,
      ["Remote-MTA", `dns; mx.${domainOf(recipient)}`] as const,
      ["Diagnostic-Code", `smtp; ${diagnostic}`] as const,
      ["Last-Attempt-Date", rfc5322Date(at)] as const,
      ...(action === "delayed"
        ? ([["Will-Retry-Until", rfc5322Date(new Date(mail.receivedAt.getTime() + fiveDaysMs))]] as const)
        : []),
    ]),
  ]);
}

/** RFC 5965 section 3. */
function feedback(
  { feedbackType, redacted }: ReportMailVariant & { readonly type: "feedback" },
  { mail, recipients }: ReportedEvent,
): string {
  return written([
    [
      ["Feedback-Type", feedbackType],
      ["User-Agent", "Example Feedback Loop/1.0"],
      ["Version", "1"],
      ["Original-Mail-From", `<${mail.envelope.from}>`],
      ...(redacted ? [] : recipients.map((recipient) => ["Original-Rcpt-To", `<${recipient}>`] as const)),
      ["Arrival-Date", rfc5322Date(mail.receivedAt)],
      ["Reporting-MTA", `dns; ${hostname}`],
      ["Source-IP", senderIp],
      ["Reported-Domain", domainOf(mail.envelope.from)],
    ],
  ]);
}

function written(blocks: Blocks): string {
  return blocks.map((block) => block.map(([name, value]) => `${name}: ${value}\r\n`).join("")).join("\r\n");
}

function textFor(variant: ReportMailVariant, { recipients }: ReportedEvent): string {
  const who = recipients.map((recipient) => `  <${recipient}>`).join("\r\n");
  if (variant.type === "feedback")
    return variant.feedbackType === "abuse"
      ? "This is an e-mail abuse report: a reader marked the mail below as spam.\r\n"
      : "A reader took the mail below out of the spam folder.\r\n";
  const { before, after = variant.diagnostic } = words[variant.action];
  return `${before}\r\n\r\n${who}\r\n\r\n${after}\r\n`;
}

function subjectFor(variant: ReportMailVariant): string {
  if (variant.type === "feedback") return "Abuse report";
  return words[variant.action].subject;
}

type DeliveryAction = (ReportMailVariant & { readonly type: "delivery-status" })["action"];

const words: Readonly<Record<DeliveryAction, { subject: string; before: string; after?: string }>> = {
  failed: { subject: "Undelivered mail returned to sender", before: "Your mail could not be delivered to" },
  delayed: {
    subject: "Delayed mail (still being retried)",
    before: "Your mail could not be delivered yet to",
    after: "It is tried again; you need not send it again.",
  },
  delivered: { subject: "Successful mail delivery report", before: "Your mail was delivered to" },
  relayed: {
    subject: "Successful mail delivery report",
    before: "Your mail was handed on to",
    after: "Their server does not report whether it was delivered.",
  },
};

function part(type: string, content: string): string {
  const encoding = isAscii(content) ? "7bit" : "8bit";
  return `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${content}`;
}

/** What the client gave as ENVID (RFC 3461 section 4.4), its xtext decoded. */
function envelopeIdIn(dialogue: readonly string[]): string | undefined {
  const [, xtext] = dialogue.map((line) => /\bMAIL FROM:.*\sENVID=(\S{1,100})/i.exec(line)).findLast(Boolean) ?? [];
  return xtext?.replace(/\+([2-6][0-9A-F]|7[0-9A-E])/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function rfc5322Date(date: Date): string {
  return date.toUTCString().replace("GMT", "+0000");
}

function isAscii(text: string): boolean {
  return /^[\r\n\t\x20-\x7e]*$/.test(text);
}
