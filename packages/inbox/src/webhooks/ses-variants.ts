import { randomUUID } from "node:crypto";
import type { EventVariants } from "./event-variants.ts";
import { type JsonObject, type ReportedEvent, readerAgent, readerIp } from "./reported-event.ts";

export interface SesVariant {
  /** As event publishing has it, with `eventType`; notifications of an identity have `notificationType`. */
  readonly type: string;
  readonly identity?: boolean;
  /** The record's own object and its name, such as `bounce`. */
  readonly name?: string;
  readonly record?: (event: ReportedEvent) => JsonObject;
}

const reportingMta = "dsn; a8-70.smtp-out.amazonses.com";

const bounced = bounce("Permanent", "General", ["failed", "5.1.1", "smtp; 550 5.1.1 user unknown"]);
const mailboxFull = bounce("Transient", "MailboxFull", ["failed", "4.2.2", "smtp; 452 4.2.2 mailbox full"]);
const delivered: SesVariant = {
  type: "Delivery",
  name: "delivery",
  record: ({ mail, recipients, at }) => ({
    timestamp: at.toISOString(),
    processingTimeMillis: Math.max(0, at.getTime() - mail.receivedAt.getTime()),
    recipients,
    smtpResponse: "250 2.0.0 OK",
    reportingMTA: "a8-70.smtp-out.amazonses.com",
  }),
};
const complained = complaint("abuse", null);
const identity = (variant: SesVariant): SesVariant => ({ ...variant, identity: true });
/** Notifications of an identity also name the server to which SES talked. */
const identityOfServer = (variant: SesVariant): SesVariant => ({
  ...identity(variant),
  record: (event) => ({ ...variant.record?.(event), remoteMtaIp: "203.0.113.25" }),
});

/** SES developer guide, "Contents of event data" and "Contents of notifications". */
export const sesVariants: EventVariants<SesVariant> = {
  deliver: {
    delivery: delivered,
    send: { type: "Send", name: "send", record: () => ({}) },
    "identity-notification": identityOfServer(delivered),
    /** For apps to prove that they take a type of event which does not exist yet. */
    unknown: { type: "SomeFutureEvent" },
  },
  soft_bounce: {
    general: bounce("Transient", "General", ["failed", "4.4.7", "smtp; 451 4.4.7 delivery time expired"]),
    "mailbox-full": mailboxFull,
    "message-too-large": bounce("Transient", "MessageTooLarge", ["failed", "5.3.4", "smtp; 552 5.3.4 too large"]),
    "content-rejected": bounce("Transient", "ContentRejected", ["failed", "5.7.1", "smtp; 550 5.7.1 content refused"]),
    undetermined: bounce("Undetermined", "Undetermined", ["failed", "5.0.0", "smtp; 550 refused"]),
    "delivery-delay": {
      type: "DeliveryDelay",
      name: "deliveryDelay",
      record: ({ recipients, at }) => ({
        timestamp: at.toISOString(),
        delayType: "TransientCommunicationFailure",
        expirationTime: new Date(at.getTime() + 14 * 3_600_000).toISOString(),
        delayedRecipients: recipients.map((emailAddress) => ({
          emailAddress,
          status: "4.4.1",
          diagnosticCode: "smtp; 421 4.4.1 Unable to connect to remote host",
        })),
      }),
    },
    "identity-notification": identityOfServer(mailboxFull),
  },
  hard_bounce: {
    general: bounced,
    "no-email": bounce("Permanent", "NoEmail", ["failed", "5.1.2", "smtp; 550 5.1.2 no such domain"]),
    suppressed: bounce("Permanent", "Suppressed", ["failed", "5.1.1", suppressedText("has bounced")]),
    "on-account-suppression-list": bounce("Permanent", "OnAccountSuppressionList", [
      "failed",
      "5.1.1",
      suppressedText("is on the account suppression list"),
    ]),
    reject: { type: "Reject", name: "reject", record: () => ({ reason: "Bad content" }) },
    "rendering-failure": {
      type: "Rendering Failure",
      name: "failure",
      record: () => ({
        templateName: "MyTemplate",
        errorMessage: "Attribute 'attributeName' is not present in the rendering data.",
      }),
    },
    "identity-notification": identityOfServer(bounced),
  },
  complain: {
    abuse: complained,
    "not-spam": complaint("not-spam", null),
    "on-account-suppression-list": complaint(undefined, "OnAccountSuppressionList"),
    "identity-notification": identity(complained),
  },
  open: {
    open: {
      type: "Open",
      name: "open",
      record: ({ at }) => ({ timestamp: at.toISOString(), userAgent: readerAgent, ipAddress: readerIp }),
    },
  },
  click: {
    click: {
      type: "Click",
      name: "click",
      record: ({ at, link }) => ({
        timestamp: at.toISOString(),
        userAgent: readerAgent,
        ipAddress: readerIp,
        link,
        linkTags: null,
      }),
    },
  },
  unsubscribe: { unsubscribe: subscription(true), resubscribe: subscription(false) },
};

function suppressedText(why: string): string {
  return `Amazon SES did not send the message to this address because it ${why}.`;
}

function bounce(
  bounceType: string,
  bounceSubType: string,
  [action, status, diagnosticCode]: readonly [string, string, string],
): SesVariant {
  return {
    type: "Bounce",
    name: "bounce",
    record: ({ recipients, at }) => ({
      feedbackId: feedbackId(at),
      bounceType,
      bounceSubType,
      bouncedRecipients: recipients.map((emailAddress) => ({ emailAddress, action, status, diagnosticCode })),
      timestamp: at.toISOString(),
      reportingMTA: reportingMta,
    }),
  };
}

function complaint(complaintFeedbackType: string | undefined, complaintSubType: string | null): SesVariant {
  return {
    type: "Complaint",
    name: "complaint",
    record: ({ mail, recipients, at }) => ({
      feedbackId: feedbackId(at),
      complaintSubType,
      complainedRecipients: recipients.map((emailAddress) => ({ emailAddress })),
      timestamp: at.toISOString(),
      ...(complaintFeedbackType !== undefined && {
        userAgent: "Example Feedback Loop/1.0",
        complaintFeedbackType,
        arrivalDate: mail.receivedAt.toISOString(),
      }),
    }),
  };
}

function subscription(unsubscribed: boolean): SesVariant {
  const preferences = (out: boolean): JsonObject => ({
    unsubscribeAll: out,
    topicSubscriptionStatus: [{ topicName: "ExampleTopic", subscriptionStatus: out ? "OptOut" : "OptIn" }],
  });
  return {
    type: "Subscription",
    name: "subscription",
    record: ({ at }) => ({
      contactList: "ExampleContactList",
      timestamp: at.toISOString(),
      source: "UnsubscribeHeader",
      newTopicPreferences: preferences(unsubscribed),
      oldTopicPreferences: preferences(!unsubscribed),
    }),
  };
}

function feedbackId(at: Date): string {
  return `0100${at.getTime().toString(16).padStart(12, "0")}-${randomUUID()}-000000`;
}
