import type { KeyObject } from "node:crypto";
import { randomBytes, sign } from "node:crypto";
import { type JsonObject, type ReportedEvent, secondsOf } from "./reported-event.ts";
import type { SendgridBatch, SendgridVariant } from "./sendgrid-variants.ts";

/** The body of one post: an array of events, each told of every recipient, and a line break at its end. */
export function sendgridEvents(batch: SendgridBatch, event: ReportedEvent): string {
  const events = batch.flatMap((variant) => event.recipients.map((email) => eventFor(email, variant, event)));
  return `${JSON.stringify(events)}\r\n`;
}

/** Custom arguments stand at top level; SendGrid's own fields win over those of the same name. */
function eventFor(email: string, variant: SendgridVariant, { mail, at, link }: ReportedEvent): JsonObject {
  const { providerId, messageId, tags, metadata } = mail;
  return {
    ...metadata,
    email,
    timestamp: secondsOf(at),
    ...(variant.ofDelivery && { "smtp-id": messageId ?? `<${providerId}@geopod-ismtpd-1>` }),
    event: variant.event,
    ...(tags.length > 0 && { category: tags }),
    sg_event_id: randomBytes(16).toString("base64url"),
    sg_message_id: `${providerId}.recvd-5f54b5d587-8k2vd-1-${secondsOf(mail.receivedAt).toString(16).toUpperCase()}-1.0`,
    ...variant.fields,
    ...((variant.event === "click" || variant.event.startsWith("group_")) && { url: link }),
  };
}

/** Signs a post: ECDSA with P-256 and SHA-256 over the time and the bytes of the body ("Event Webhook Security Features"). */
export function sendgridSignature(key: KeyObject, body: string, at: Date): Readonly<Record<string, string>> {
  const timestamp = String(secondsOf(at));
  const signature = sign("sha256", Buffer.from(timestamp + body), { key, dsaEncoding: "der" });
  return {
    "X-Twilio-Email-Event-Webhook-Signature": signature.toString("base64"),
    "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
  };
}
