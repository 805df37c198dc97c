import type { MailEvent, MailEventReason, MailEventType } from "@mail/core";

export type Failure = Pick<MailEvent, "type" | "reason" | "permanent">;

/** What Mailgun says of a delivery that came to nothing. */
export interface FailureFields {
  readonly temporary: boolean;
  /** Mailgun's own word. */
  readonly reason: string | undefined;
  /** SMTP reply code, or one of Mailgun's own from 600 on. */
  readonly code: number;
  /** Such as `5.1.1` (RFC 3463). */
  readonly enhancedCode: string | undefined;
}

/** User manual, "Suppressions": Mailgun did not even try. By reason, and by the code that stands in older events. */
const suppressions: ReadonlyMap<string | number | undefined, MailEventReason> = new Map<
  string | number,
  MailEventReason
>([
  ["suppress-bounce", "bounced"],
  [605, "bounced"],
  ["suppress-unsubscribe", "unsubscribed"],
  [606, "unsubscribed"],
  ["suppress-complaint", "spam"],
  [607, "spam"],
]);

/** User manual, "Tracking Failures". */
const reasons: ReadonlyMap<string | undefined, MailEventReason> = new Map([
  ["bounce", "bounced"],
  ["delayed-bounce", "bounced"],
  ["espblock", "blocked"],
  ["old", "timed_out"],
]);

/**
 * Subjects, and subjects with details, of codes of class 5 (RFC 3463 section 3) that do not say that the address is dead,
 * but something of the mail, its sender, or the time.
 */
const notTheAddress: ReadonlyMap<string | undefined, MailEventReason> = new Map([
  ["1.7", "other"], // sender's address: bad syntax
  ["1.8", "other"], // sender's address: bad domain
  ["2.2", "bounced"], // mailbox full
  ["2.3", "other"], // longer than the mailbox takes
  ["3", "other"],
  ["4.7", "timed_out"],
  ["6", "other"],
  ["7", "blocked"],
]);

/** Reads a failure: on the suppression list, to be tried again, or given up. */
export function failureOf({ temporary, reason, code, enhancedCode }: FailureFields): Failure {
  const suppressed = suppressions.get(reason) ?? suppressions.get(code);
  if (suppressed !== undefined) return failure("rejected", suppressed, true);
  if (reason?.startsWith("suppress-")) return failure("rejected", "other", true);
  const known = reasons.get(reason);
  if (temporary) return { type: "deferred", reason: known ?? "other" };
  const [, subject, detail] = /^5\.(\d+)\.(\d+)/.exec(enhancedCode ?? "") ?? [];
  const refused = notTheAddress.get(`${subject}.${detail}`) ?? notTheAddress.get(subject);
  if (refused !== undefined) return failure("bounced", refused, false);
  const isHard = enhancedCode === undefined ? code === 0 || (code >= 500 && code < 600) : enhancedCode.startsWith("5");
  if (known === undefined) return failure("bounced", isHard && subject !== undefined ? "bounced" : "other", isHard);
  return failure("bounced", known, isHard && known === "bounced");
}

function failure(type: MailEventType, reason: MailEventReason, permanent: boolean): Failure {
  return { type, reason, permanent };
}

/** The enhanced code that is given, or with which the server's answer begins. */
export function enhancedCodeOf(given: string | undefined, answer: string | undefined): string | undefined {
  return [given, answer].map((text) => leadingCode.exec(text ?? "")?.[1]).find((code) => code !== undefined);
}

/** RFC 2034 section 4; some servers' answers come as they stand in bounce mails (RFC 3464 section 2.3.6). */
const leadingCode = /^(?:smtp; ?)?(?:\d{3}[ -])?([245]\.\d{1,3}\.\d{1,3})(?!\S)/;
