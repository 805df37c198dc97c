import type { EventVariants } from "./event-variants.ts";
import { type MailgunLegacyVariant, mailgunLegacyVariants } from "./mailgun-legacy-variants.ts";
import { type JsonObject, readerAgent, readerIp } from "./reported-event.ts";

export interface MailgunVariant {
  readonly event: string;
  readonly level: "info" | "warn" | "error";
  readonly fields?: JsonObject;
}

const connection = {
  "attempt-no": 1,
  tls: true,
  "certificate-verified": true,
  utf8: true,
  "session-seconds": 0.412,
};

const reader: JsonObject = {
  ip: readerIp,
  geolocation: { country: "US", region: "CA", city: "San Francisco" },
  "client-info": {
    "client-type": "browser",
    "client-os": "macOS",
    "client-name": "Safari",
    "device-type": "desktop",
    "user-agent": readerAgent,
    bot: "",
  },
};

/** Mailgun user manual, "Event Structure" and "Tracking Failures". */
export const mailgunVariants: EventVariants<MailgunVariant | MailgunLegacyVariant> = {
  deliver: {
    delivered: {
      event: "delivered",
      level: "info",
      fields: { "delivery-status": { ...connection, code: 250, message: "OK", description: "" } },
    },
    accepted: { event: "accepted", level: "info", fields: { method: "HTTP", "delivery-status": null } },
    /** For apps to prove that they take a type of event which does not exist yet. */
    unknown: { event: "some_future_event", level: "info" },
    ...mailgunLegacyVariants.deliver,
  },
  /** What Mailgun calls a soft bounce: it goes on trying. */
  soft_bounce: {
    temporary: failed("temporary", "generic", {
      ...connection,
      code: 452,
      "enhanced-code": "4.2.2",
      message: "4.2.2 The email account that you tried to reach is over quota.",
      description: "",
      "retry-seconds": 600,
    }),
    greylisted: failed("temporary", "greylisted", {
      ...connection,
      code: 450,
      message: "Recipient address rejected: Greylisted",
      description: "Recipient address rejected: Greylisted",
      "retry-seconds": 300,
    }),
    "no-mx": failed("temporary", "generic", {
      "attempt-no": 3,
      code: 498,
      message: "No MX for the domain",
      description: "No MX for the domain",
      "session-seconds": 0,
      "retry-seconds": 1800,
    }),
    /** It has given up. */
    old: failed("permanent", "old", {
      "attempt-no": 8,
      code: 602,
      message: "Too old",
      description: "",
      "session-seconds": 0,
    }),
    ...mailgunLegacyVariants.soft_bounce,
  },
  hard_bounce: {
    bounce: failed("permanent", "bounce", {
      ...connection,
      code: 550,
      "enhanced-code": "5.1.1",
      message: "5.1.1 The email account that you tried to reach does not exist.",
      description: "",
    }),
    "suppress-bounce": suppressed("suppress-bounce", 605, "Not delivering to previously bounced address"),
    "suppress-unsubscribe": suppressed("suppress-unsubscribe", 606, "Not delivering to unsubscribed address"),
    "suppress-complaint": suppressed(
      "suppress-complaint",
      607,
      "Not delivering to a user who marked your messages as spam",
    ),
    "spam-content": failed("permanent", "generic", {
      ...connection,
      code: 554,
      "enhanced-code": "5.7.1",
      message: "5.7.1 Message refused as spam",
      description: "",
    }),
    /** Mailgun itself refused to send: the event names no recipient. */
    rejected: {
      event: "rejected",
      level: "warn",
      fields: {
        recipient: undefined,
        "recipient-domain": undefined,
        reject: { reason: "Sandbox subdomains are for test purposes only.", description: "" },
      },
    },
    ...mailgunLegacyVariants.hard_bounce,
  },
  complain: { complained: { event: "complained", level: "warn" }, ...mailgunLegacyVariants.complain },
  open: { opened: { event: "opened", level: "info", fields: reader }, ...mailgunLegacyVariants.open },
  click: { clicked: { event: "clicked", level: "info", fields: reader }, ...mailgunLegacyVariants.click },
  unsubscribe: {
    unsubscribed: { event: "unsubscribed", level: "info", fields: reader },
    ...mailgunLegacyVariants.unsubscribe,
  },
};

function failed(severity: "temporary" | "permanent", reason: string, status: JsonObject): MailgunVariant {
  const level = severity === "permanent" ? "error" : "warn";
  return { event: "failed", level, fields: { severity, reason, "delivery-status": status } };
}

function suppressed(reason: string, code: number, description: string): MailgunVariant {
  return failed("permanent", reason, { "attempt-no": 1, code, message: "", description, "session-seconds": 0 });
}
