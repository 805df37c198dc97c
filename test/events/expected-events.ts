import type { MailEventReason, MailEventType, SuppressionReason } from "@mail/core";
import type { Via } from "@mail/inbox";

export interface ExpectedEvent {
  readonly type: MailEventType;
  readonly reason?: MailEventReason;
  readonly permanent?: boolean;
  /** Whether it tells the link that was clicked. */
  readonly clicked?: true;
}

/** What one press of a button comes to. */
interface Expectation {
  readonly events: readonly ExpectedEvent[];
  /** Of the recipient, afterwards. */
  readonly state: MailEventType;
  /** Why the recipient must not be mailed any more. */
  readonly suppressed?: SuppressionReason;
}

type Details = Pick<ExpectedEvent, "reason" | "permanent">;
type Expectations = Readonly<Record<string, Expectation>>;

const delivered = told("delivered");
const opened = told("opened");
const clicked: Expectation = { events: [{ type: "clicked", clicked: true }], state: "clicked" };
const unsubscribed: Expectation = { ...told("unsubscribed", { reason: "unsubscribed" }), suppressed: "unsubscribed" };
const subscribed = told("subscribed");
/** Nothing that would change what is known. */
const unheardOf: Expectation = { ...told("unknown"), state: "sent" };
/** Less than what the transport said of it. */
const taken: Expectation = { ...told("queued"), state: "sent" };
const complained: Expectation = { ...told("complained", { reason: "spam" }), suppressed: "complained" };

function told(type: MailEventType, details: Details = {}): Expectation {
  return { events: [{ type, ...details }], state: type };
}

/** The address takes no mail. */
function hardBounce(reason: MailEventReason): Expectation {
  return { ...told("bounced", { reason, permanent: true }), suppressed: "bounced" };
}

/** Given up, but the address may take mail later. */
function softBounce(reason: MailEventReason): Expectation {
  return told("bounced", { reason, permanent: false });
}

/** Not even tried, because the address is on the provider's list. */
function onList(reason: MailEventReason, suppressed: SuppressionReason): Expectation {
  return { ...told("rejected", { reason, permanent: true }), suppressed };
}

/** Not even tried, for what the mail or the account is. */
function refused(reason: MailEventReason): Expectation {
  return told("rejected", { reason, permanent: false });
}

function deferred(reason?: MailEventReason): Expectation {
  return told("deferred", reason === undefined ? {} : { reason });
}

/** "Event Webhook Reference". */
const ofSendgrid: Expectations = {
  "deliver/delivered": delivered,
  "deliver/processed": taken,
  "deliver/unknown": unheardOf,
  "deliver/mixed-batch": {
    events: [
      ...taken.events,
      ...delivered.events,
      ...opened.events,
      ...clicked.events,
      ...hardBounce("bounced").events,
    ],
    state: "bounced",
    suppressed: "bounced",
  },
  "deliver/empty-batch": { events: [], state: "sent" },
  "soft_bounce/blocked": softBounce("blocked"),
  "soft_bounce/blocked-by-policy": softBounce("blocked"),
  "soft_bounce/deferred": deferred(),
  "hard_bounce/bounce": hardBounce("bounced"),
  "hard_bounce/dropped-bounced-address": onList("bounced", "bounced"),
  "hard_bounce/dropped-unsubscribed-address": onList("unsubscribed", "unsubscribed"),
  "hard_bounce/dropped-spam-reporting-address": onList("spam", "complained"),
  "hard_bounce/dropped-spam-content": refused("spam"),
  "hard_bounce/dropped-invalid": onList("invalid", "bounced"),
  "hard_bounce/dropped-over-quota": refused("other"),
  "complain/spamreport": complained,
  "open/open": opened,
  "open/machine-open": opened,
  "click/click": clicked,
  "unsubscribe/unsubscribe": unsubscribed,
  "unsubscribe/group-unsubscribe": unsubscribed,
  "unsubscribe/group-resubscribe": subscribed,
};

/** User manual, "Event Structure" and "Tracking Failures"; help centre, "Legacy Webhooks". */
const ofMailgun: Expectations = {
  "deliver/delivered": delivered,
  "deliver/accepted": taken,
  "deliver/unknown": unheardOf,
  "deliver/legacy-delivered": delivered,
  "soft_bounce/temporary": deferred("other"),
  "soft_bounce/greylisted": deferred("other"),
  "soft_bounce/no-mx": deferred("other"),
  "soft_bounce/old": softBounce("timed_out"),
  "soft_bounce/legacy-dropped-old": refused("timed_out"),
  "hard_bounce/bounce": hardBounce("bounced"),
  "hard_bounce/suppress-bounce": onList("bounced", "bounced"),
  "hard_bounce/suppress-unsubscribe": onList("unsubscribed", "unsubscribed"),
  "hard_bounce/suppress-complaint": onList("spam", "complained"),
  // 5.7.1: the mail was refused, not the address.
  "hard_bounce/spam-content": softBounce("blocked"),
  "hard_bounce/rejected": refused("other"),
  "hard_bounce/legacy-bounced": hardBounce("bounced"),
  "hard_bounce/legacy-bounced-enhanced-code": hardBounce("bounced"),
  "hard_bounce/legacy-dropped-bounce": onList("bounced", "bounced"),
  "hard_bounce/legacy-dropped-unsubscribe": onList("unsubscribed", "unsubscribed"),
  "hard_bounce/legacy-dropped-complaint": onList("spam", "complained"),
  "complain/complained": complained,
  "complain/legacy-complained": complained,
  "open/opened": opened,
  "open/legacy-opened": opened,
  "click/clicked": clicked,
  "click/legacy-clicked": clicked,
  "unsubscribe/unsubscribed": unsubscribed,
  "unsubscribe/legacy-unsubscribed": unsubscribed,
};

/** Developer guide, "Contents of event data" and "Contents of notifications"; the latter have headers, but no tags. */
const ofSes: Expectations = {
  "deliver/delivery": delivered,
  "deliver/send": told("sent"),
  "deliver/identity-notification": delivered,
  "deliver/unknown": unheardOf,
  "soft_bounce/general": softBounce("timed_out"),
  "soft_bounce/mailbox-full": softBounce("bounced"),
  "soft_bounce/message-too-large": softBounce("other"),
  "soft_bounce/content-rejected": softBounce("blocked"),
  "soft_bounce/undetermined": softBounce("bounced"),
  "soft_bounce/delivery-delay": deferred("other"),
  "soft_bounce/identity-notification": softBounce("bounced"),
  "hard_bounce/general": hardBounce("bounced"),
  "hard_bounce/no-email": hardBounce("invalid"),
  "hard_bounce/suppressed": onList("bounced", "bounced"),
  "hard_bounce/on-account-suppression-list": onList("bounced", "bounced"),
  "hard_bounce/reject": refused("blocked"),
  "hard_bounce/rendering-failure": told("failed"),
  "hard_bounce/identity-notification": hardBounce("bounced"),
  "complain/abuse": complained,
  // Taken out of the spam folder.
  "complain/not-spam": unheardOf,
  "complain/on-account-suppression-list": onList("spam", "complained"),
  "complain/identity-notification": complained,
  "open/open": opened,
  "click/click": clicked,
  "unsubscribe/unsubscribe": unsubscribed,
  "unsubscribe/resubscribe": subscribed,
};

/** RFC 3464 with the codes of RFC 3463, and RFC 5965. Reports bring no tags and metadata: they are those of the record. */
const ofSmtp: Expectations = {
  "deliver/delivered": delivered,
  "deliver/relayed": delivered,
  "soft_bounce/mailbox-full": softBounce("bounced"),
  "soft_bounce/expired": softBounce("timed_out"),
  "soft_bounce/delayed": deferred("timed_out"),
  "hard_bounce/user-unknown": hardBounce("invalid"),
  "hard_bounce/no-such-domain": hardBounce("invalid"),
  "hard_bounce/policy": softBounce("blocked"),
  "hard_bounce/too-large": softBounce("other"),
  "complain/abuse": complained,
  "complain/redacted": complained,
  "complain/not-spam": unheardOf,
};

/** What each event that the inbox offers comes to in an app, by `action/detail`. */
export const expectations: Readonly<Record<Via, Expectations>> = {
  smtp: ofSmtp,
  sendgrid: ofSendgrid,
  mailgun: ofMailgun,
  ses: ofSes,
};
