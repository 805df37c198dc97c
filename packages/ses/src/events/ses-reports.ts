import type { MailEvent, MailEventReason, MailEventType } from "@mail/core";
import { type JsonObject, textAt } from "./json.ts";
import { preferenceChange } from "./preference-change.ts";

/** What a record says of one recipient. */
type Finding = {
  readonly [Key in "reason" | "permanent" | "detail" | "response" | "url" | "userAgent" | "ip"]?:
    | MailEvent[Key]
    | undefined;
} & { readonly type: MailEventType };

/** How one type of record is read (SES developer guide, "Contents of event data that SES publishes to SNS"). */
export interface SesReport {
  /** The record's own object, such as `bounce`. */
  readonly name: string;
  /** Its recipients: addresses, or objects with `emailAddress`. Without it, all to whom the mail went. */
  readonly recipients?: string;
  /** Whether SES reports it once for a recipient's mail; others can come again, and each time counts. */
  readonly once?: true;
  readonly find: (part: JsonObject, recipient: JsonObject) => Finding;
}

export const sesReports: ReadonlyMap<string, SesReport> = new Map<string, SesReport>([
  ["Send", { name: "send", once: true, find: () => ({ type: "sent" }) }],
  [
    "Delivery",
    {
      name: "delivery",
      recipients: "recipients",
      once: true,
      find: (part) => ({ type: "delivered", response: textAt(part, "smtpResponse") }),
    },
  ],
  ["DeliveryDelay", { name: "deliveryDelay", recipients: "delayedRecipients", find: delay }],
  ["Bounce", { name: "bounce", recipients: "bouncedRecipients", find: bounce }],
  ["Complaint", { name: "complaint", recipients: "complainedRecipients", find: complaint }],
  [
    "Reject",
    {
      name: "reject",
      once: true,
      find: (part) => ({ type: "rejected", reason: "blocked", permanent: false, detail: textAt(part, "reason") }),
    },
  ],
  [
    "Rendering Failure",
    {
      name: "failure",
      once: true,
      find: (part) => ({ type: "failed", detail: textAt(part, "errorMessage") }),
    },
  ],
  ["Open", { name: "open", find: (part) => ({ type: "opened", ...reader(part) }) }],
  ["Click", { name: "click", find: (part) => ({ type: "clicked", url: textAt(part, "link"), ...reader(part) }) }],
  ["Subscription", { name: "subscription", find: preferenceChange }],
]);

const delayReasons: ReadonlyMap<string | undefined, MailEventReason> = new Map([
  ["SpamDetected", "spam"],
  ["IPFailure", "blocked"],
]);

function delay(part: JsonObject, recipient: JsonObject): Finding {
  const detail = textAt(part, "delayType");
  return {
    type: "deferred",
    reason: delayReasons.get(detail) ?? "other",
    detail,
    response: textAt(recipient, "diagnosticCode"),
  };
}

/** Bounces of mails that SES did not even try to deliver, and why the address is on its list. */
const suppressions: ReadonlyMap<string | undefined, MailEventReason> = new Map([
  ["Suppressed", "bounced"],
  ["OnAccountSuppressionList", "bounced"],
  ["OnTenantSuppressionList", "bounced"],
  ["EmailValidationSuppressed", "invalid"],
  ["UnsubscribedRecipient", "unsubscribed"],
]);

const bounceReasons: ReadonlyMap<string | undefined, MailEventReason> = new Map([
  ["NoEmail", "invalid"],
  ["MessageTooLarge", "other"],
  ["CustomTimeoutExceeded", "timed_out"],
  ["ContentRejected", "blocked"],
  ["AttachmentRejected", "blocked"],
]);

function bounce(part: JsonObject, recipient: JsonObject): Finding {
  const detail = textAt(part, "bounceSubType");
  const suppressed = suppressions.get(detail);
  const expired = textAt(recipient, "status") === "4.4.7";
  return {
    type: suppressed === undefined ? "bounced" : "rejected",
    reason: suppressed ?? (expired ? "timed_out" : (bounceReasons.get(detail) ?? "bounced")),
    permanent: textAt(part, "bounceType") === "Permanent",
    detail,
    response: textAt(recipient, "diagnosticCode"),
  };
}

function complaint(part: JsonObject): Finding {
  const subtype = textAt(part, "complaintSubType");
  const feedback = textAt(part, "complaintFeedbackType");
  const userAgent = textAt(part, "userAgent");
  if (subtype !== undefined && suppressions.has(subtype))
    return { type: "rejected", reason: "spam", permanent: true, detail: subtype, userAgent };
  // The opposite of a complaint: the recipient took the mail out of the spam folder (RFC 6430).
  if (feedback === "not-spam") return { type: "unknown", detail: feedback, userAgent };
  return { type: "complained", reason: "spam", detail: feedback, userAgent };
}

function reader(part: JsonObject): Pick<Finding, "userAgent" | "ip"> {
  return { userAgent: textAt(part, "userAgent"), ip: textAt(part, "ipAddress") };
}
