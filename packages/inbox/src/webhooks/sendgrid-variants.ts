import type { EventVariants } from "./event-variants.ts";
import { type JsonObject, readerAgent, readerIp, senderIp } from "./reported-event.ts";

export interface SendgridVariant {
  readonly event: string;
  /** Events about delivery carry the Message-ID as `smtp-id`; those about readers do not. */
  readonly ofDelivery: boolean;
  readonly fields?: JsonObject;
}

const unsubscribeGroup = { asm_group_id: 1, ip: readerIp, useragent: readerAgent };

/** The events of one post; each tells of every recipient. */
export type SendgridBatch = readonly SendgridVariant[];

const delivered = delivery("delivered", { ip: senderIp, response: "250 2.0.0 OK", tls: 1 });
const processed = delivery("processed");
const opened = opening({ sg_machine_open: false });
const clicked = reading("click", { ip: readerIp, useragent: readerAgent, url_offset: { index: 0, type: "html" } });
const bounced = bounce("bounce", "5.1.1", "550 5.1.1 The email account that you tried to reach does not exist.", {
  bounce_classification: "Invalid Address",
});

/** SendGrid "Event Webhook Reference". */
export const sendgridVariants: EventVariants<SendgridBatch> = {
  deliver: {
    delivered,
    processed,
    /** For apps to prove that they take a type of event which does not exist yet. */
    unknown: delivery("some_future_event"),
    /** All that happened since the last post, down to a bounce that came late. */
    "mixed-batch": [...processed, ...delivered, ...opened, ...clicked, ...bounced],
    "empty-batch": [],
  },
  soft_bounce: {
    blocked: bounce("blocked", "4.2.2", "452 4.2.2 The email account that you tried to reach is over quota.", {
      bounce_classification: "Mailbox Unavailable",
    }),
    "blocked-by-policy": bounce("blocked", "5.7.1", "550 5.7.1 Message blocked by the recipient's policy.", {
      bounce_classification: "Reputation",
    }),
    deferred: delivery("deferred", { response: "451 4.3.0 Temporary failure, try again later", attempt: "1" }),
  },
  hard_bounce: {
    bounce: bounced,
    "dropped-bounced-address": dropped("Bounced Address"),
    "dropped-unsubscribed-address": dropped("Unsubscribed Address"),
    "dropped-spam-reporting-address": dropped("Spam Reporting Address"),
    "dropped-spam-content": dropped("Spam Content"),
    "dropped-invalid": dropped("Invalid"),
    "dropped-over-quota": dropped("Recipient List over Package Quota"),
  },
  complain: { spamreport: reading("spamreport", { ip: readerIp }) },
  open: { open: opened, "machine-open": opening({ sg_machine_open: true }) },
  click: { click: clicked },
  unsubscribe: {
    unsubscribe: reading("unsubscribe"),
    "group-unsubscribe": reading("group_unsubscribe", unsubscribeGroup),
    "group-resubscribe": reading("group_resubscribe", unsubscribeGroup),
  },
};

function delivery(event: string, fields: JsonObject = {}): SendgridBatch {
  return [{ event, ofDelivery: true, fields }];
}

function reading(event: string, fields: JsonObject = {}): SendgridBatch {
  return [{ event, ofDelivery: false, fields }];
}

function opening(fields: JsonObject): SendgridBatch {
  return reading("open", { ip: readerIp, useragent: readerAgent, ...fields, sg_content_type: "html" });
}

function bounce(type: string, status: string, reason: string, more: JsonObject): SendgridBatch {
  return delivery("bounce", { ip: senderIp, status, reason, tls: 1, type, ...more });
}

function dropped(reason: string): SendgridBatch {
  return delivery("dropped", { reason, status: "5.0.0" });
}
