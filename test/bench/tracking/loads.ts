import { createHmac, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import type { MailEventSource } from "@mail/core";
import { mailgunEvents } from "@mail/mailgun/events";
import { sendgridEvents } from "@mail/sendgrid/events";
import { type PostedEvent, planEvents } from "../../tracking/make-events.ts";

export interface Post {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Ids and JSON texts of its events. */
  readonly rows: readonly (readonly [id: string, json: string])[];
}

/** Posts that are made and signed before the clock runs. */
export interface Load {
  readonly source: MailEventSource;
  readonly posts: readonly Post[];
  readonly atOnce: number;
}

const json = { "content-type": "application/json" };
const inBatch = 500;

function postedEvents(events: number, batchSize: number): readonly (readonly PostedEvent[])[] {
  return planEvents({ arriving: events, duplicates: 0, batchSize, seed: 1 }).batches;
}

export function sendgridLoad(events: number): Load {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = publicKey.export({ type: "spki", format: "der" }).toString("base64");
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const posts = postedEvents(events, inBatch).map((batch): Post => {
    const body = `${JSON.stringify(batch)}\r\n`;
    const headers = {
      ...json,
      "x-twilio-email-event-webhook-signature": sign("sha256", Buffer.from(timestamp + body), privateKey).toString(
        "base64",
      ),
      "x-twilio-email-event-webhook-timestamp": timestamp,
    };
    return { headers, body: bytes(body), rows: batch.map((event) => [event.sg_event_id, JSON.stringify(event)]) };
  });
  return { source: sendgridEvents({ publicKey: key }), posts, atOnce: 8 };
}

const mailgunNames: Readonly<Record<string, string>> = {
  processed: "accepted",
  deferred: "failed",
  bounce: "failed",
  open: "opened",
  click: "clicked",
  spamreport: "complained",
  unsubscribe: "unsubscribed",
};

export function mailgunLoad(events: number): Load {
  const signingKey = randomBytes(16).toString("hex");
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const posts = postedEvents(events, 1)
    .flat()
    .map((event): Post => {
      const token = randomBytes(25).toString("hex");
      const signature = createHmac("sha256", signingKey)
        .update(timestamp + token)
        .digest("hex");
      const eventData = {
        id: event.sg_event_id,
        event: mailgunNames[event.event] ?? event.event,
        severity: event.event === "bounce" ? "permanent" : "temporary",
        timestamp: event.timestamp,
        recipient: event.email,
        tags: event.category,
        message: { headers: { "message-id": event.sg_message_id } },
        "user-variables": { mail_id: event.mail_id },
        "delivery-status": { code: event.event === "bounce" ? 550 : 250, message: event.reason ?? "OK" },
      };
      const body = JSON.stringify({ signature: { timestamp, token, signature }, "event-data": eventData });
      return { headers: json, body: bytes(body), rows: [[event.sg_event_id, JSON.stringify(eventData)]] };
    });
  return { source: mailgunEvents({ signingKey }), posts, atOnce: 16 };
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
