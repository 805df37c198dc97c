import type { Via } from "../caught-mail.ts";
import type { FaultAction, FaultStage } from "../fault.ts";
import type { WebhookAction } from "../webhook.ts";
import {
  type ApiRefusal,
  keyRefused,
  quotaUsedUp,
  recipientRefused,
  sameAction,
  sameStatus,
  senderRefused,
} from "./api-refusals.ts";

/** An event that is reported by webhook once the mail was accepted. */
interface AddressReport {
  readonly action: WebhookAction;
  /** Name in `webhookDetails`, where it is not the usual event. */
  readonly detail?: Partial<Readonly<Record<Via, string>>>;
}

interface SmtpFault {
  readonly stage: FaultStage;
  readonly action: FaultAction;
}

/** What a recipient's local part brings about, at any domain. */
export interface FaultAddress {
  /** For the documentation. */
  readonly does: string;
  readonly smtp?: SmtpFault;
  readonly api?: ApiRefusal;
  /** Of a request for many, others are sent, where the API answers for each: SES in `SendBulkEmail`. */
  readonly isRefusedAlone?: true;
  /** Strikes each address so many times only. Default always. */
  readonly first?: number;
  /** What a number behind a plus sets: `slow+500@…`. */
  readonly number?: "retryAfter" | "ms" | "afterBytes";
  readonly reports?: readonly AddressReport[];
}

const atRcpt = (code: number, enhancedCode: string, text: string): SmtpFault => ({
  stage: "rcpt",
  action: { type: "reply", code, enhancedCode, text },
});
const atBody = (action: FaultAction): SmtpFault => ({ stage: "body", action });

/**
 * Recipients that play a fault, by the local part in front of a plus, at any domain: `throttle@example.com`,
 * `throttle+case-7@example.com`. What the provider would learn later is accepted, and reported by webhook.
 */
export const faultAddresses: Readonly<Record<string, FaultAddress>> = {
  success: { does: "accepted; then reported as delivered", reports: [{ action: "deliver" }] },
  bounce: { does: "accepted; then a hard bounce", reports: [{ action: "hard_bounce" }] },
  hardbounce: { does: "the same as bounce@", reports: [{ action: "hard_bounce" }] },
  softbounce: { does: "accepted; then a soft bounce", reports: [{ action: "soft_bounce" }] },
  delayed: {
    does: "accepted; then reported as delayed, and still being tried",
    reports: [
      {
        action: "soft_bounce",
        detail: { sendgrid: "deferred", mailgun: "temporary", ses: "delivery-delay", smtp: "delayed" },
      },
    ],
  },
  suppressed: {
    does: "accepted; then reported as not tried, because the address is on the provider's suppression list",
    reports: [
      {
        action: "hard_bounce",
        detail: {
          sendgrid: "dropped-bounced-address",
          mailgun: "suppress-bounce",
          ses: "on-account-suppression-list",
        },
      },
    ],
  },
  complaint: {
    does: "accepted; then delivered, and marked as spam by its reader",
    reports: [{ action: "deliver" }, { action: "complain" }],
  },
  open: { does: "accepted; then delivered and opened", reports: [{ action: "deliver" }, { action: "open" }] },
  click: {
    does: "accepted; then delivered, opened and clicked",
    reports: [{ action: "deliver" }, { action: "open" }, { action: "click" }],
  },
  unsubscribe: {
    does: "accepted; then delivered and unsubscribed",
    reports: [{ action: "deliver" }, { action: "unsubscribe" }],
  },
  reject: {
    does: "SMTP: 550 5.1.1 at RCPT; APIs: 400 that names the recipient; SendBulkEmail of SES refuses that one alone",
    smtp: atRcpt(550, "5.1.1", "User unknown"),
    api: recipientRefused,
    isRefusedAlone: true,
  },
  full: {
    does: "SMTP: 452 4.2.2 at RCPT; APIs: accepted; then a soft bounce",
    smtp: atRcpt(452, "4.2.2", "Mailbox full"),
    reports: [{ action: "soft_bounce", detail: { ses: "mailbox-full" } }],
  },
  overquota: {
    does: "SMTP: 552 5.2.2 at RCPT; APIs: accepted; then a soft bounce",
    smtp: atRcpt(552, "5.2.2", "Mailbox full"),
    reports: [{ action: "soft_bounce", detail: { ses: "mailbox-full" } }],
  },
  busy: {
    does: "SMTP: 450 4.2.0 at RCPT; APIs: accepted; then reported as delayed",
    smtp: atRcpt(450, "4.2.0", "Mailbox busy"),
    reports: [{ action: "soft_bounce", detail: { sendgrid: "deferred", mailgun: "temporary", ses: "delivery-delay" } }],
  },
  spam: {
    does: "SMTP: 554 5.7.1 after the mail; APIs: accepted; then reported as refused for its content",
    smtp: atBody({ type: "reply", code: 554, enhancedCode: "5.7.1", text: "Message refused as spam" }),
    reports: [
      { action: "hard_bounce", detail: { sendgrid: "dropped-spam-content", mailgun: "spam-content", ses: "reject" } },
    ],
  },
  toolarge: {
    does: "SMTP: 552 5.3.4 after the mail; APIs: 413",
    smtp: atBody({ type: "reply", code: 552, enhancedCode: "5.3.4", text: "Message too big for system" }),
    api: sameStatus(413),
  },
  throttle: {
    does: "SMTP: 450 4.2.1 at RCPT; APIs: 429 with Retry-After of 2 s, or of the number behind a plus",
    smtp: atRcpt(450, "4.2.1", "Mail to this address comes too fast"),
    api: sameStatus(429, 2),
    number: "retryAfter",
  },
  ratelimit: {
    does: "SMTP: 421 4.7.0 at RCPT, which ends the connection; APIs: 429 without Retry-After",
    smtp: atRcpt(421, "4.7.0", "Too much mail from this sender, closing connection"),
    api: sameStatus(429),
  },
  greylist: {
    does: "refused the first time, accepted from then on. SMTP: 451 4.7.1 at RCPT; APIs: 503",
    smtp: atRcpt(451, "4.7.1", "Greylisted, try again later"),
    api: sameStatus(503),
    first: 1,
  },
  unavailable: {
    does: "SMTP: 451 4.3.0 at RCPT; APIs: 503",
    smtp: atRcpt(451, "4.3.0", "System not available"),
    api: sameStatus(503),
  },
  error: {
    does: "SMTP: 554 5.3.0 at RCPT; APIs: 500",
    smtp: atRcpt(554, "5.3.0", "Internal error"),
    api: sameStatus(500),
  },
  quota: {
    does: "SMTP: 550 5.4.5 at RCPT; SendGrid 401 with its text about credits, Mailgun 402, SES 429 about its daily quota",
    smtp: atRcpt(550, "5.4.5", "Daily sending quota exceeded"),
    api: quotaUsedUp,
  },
  auth: {
    does: "SMTP: 530 5.7.0 at RCPT; SendGrid and Mailgun 401, SES 403 as for an unknown key",
    smtp: atRcpt(530, "5.7.0", "Authentication required"),
    api: keyRefused,
  },
  forbidden: {
    does: "SMTP: 550 5.7.60 at RCPT; APIs: 403, the sender is not verified",
    smtp: atRcpt(550, "5.7.60", "Client does not have permissions to send as this sender"),
    api: senderRefused,
  },
  slow: {
    does: "accepted, answered after 3 s, or after as many milliseconds as the number behind a plus",
    smtp: atBody({ type: "delay", ms: 3_000 }),
    api: sameAction({ type: "delay", ms: 3_000 }),
    number: "ms",
  },
  drop: {
    does: "not accepted: the connection is cut in the mail, after as many bytes as the number behind a plus",
    smtp: atBody({ type: "drop" }),
    api: sameAction({ type: "drop" }),
    number: "afterBytes",
  },
  lost: {
    does: "accepted, and the connection cut instead of the answer",
    smtp: atBody({ type: "lose-answer" }),
    api: sameAction({ type: "lose-answer" }),
  },
};
