import { createHmac, generateKeyPairSync, randomBytes, sign } from "node:crypto";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** As SendGrid shows it. */
export const sendgridKey = publicKey.export({ type: "spki", format: "der" }).toString("base64");
export const mailgunKey = "key-0123456789abcdef0123456789abcdef";

const now = (): string => String(Math.floor(Date.now() / 1_000));

/** SendGrid's signature of a body. */
export function sendgridHeaders(body: string | Uint8Array): Record<string, string> {
  const timestamp = now();
  const signature = sign("sha256", Buffer.concat([Buffer.from(timestamp), Buffer.from(body)]), privateKey);
  return {
    "content-type": "application/json",
    "x-twilio-email-event-webhook-signature": signature.toString("base64"),
    "x-twilio-email-event-webhook-timestamp": timestamp,
  };
}

/** A batch as SendGrid posts it: spaced, here by at least `size` bytes, and with CRLF at its end. */
export function sendgridBatch(id: string, email: string, size = 0): string {
  const events = ["processed", "delivered"].map((event) => ({
    sg_event_id: `${id}-${event}`,
    sg_message_id: `${id}.recvd-1`,
    event,
    email,
    timestamp: Number(now()),
    category: ["Grüße"],
  }));
  return `[${events.map((event) => JSON.stringify(event)).join(",\r\n ")}${" ".repeat(size)}]\r\n`;
}

export function mailgunReport(id: string, recipient: string, key: string = mailgunKey): string {
  const timestamp = now();
  const token = randomBytes(25).toString("hex");
  const signature = createHmac("sha256", key)
    .update(timestamp + token)
    .digest("hex");
  const event = { id, event: "delivered", timestamp: Number(timestamp), recipient, message: { headers: {} } };
  return JSON.stringify({ signature: { timestamp, token, signature }, "event-data": event });
}
