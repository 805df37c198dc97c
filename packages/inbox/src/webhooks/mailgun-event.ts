import { randomBytes } from "node:crypto";
import { domainOf } from "../caught-address.ts";
import type { CaughtMail } from "../caught-mail.ts";
import { mailgunSignature } from "./mailgun-signature.ts";
import type { MailgunVariant } from "./mailgun-variants.ts";
import { type JsonObject, type ReportedEvent, senderIp, withoutBrackets } from "./reported-event.ts";

/** The body of one post, which tells of one recipient. */
export function mailgunEvent(
  variant: MailgunVariant,
  event: ReportedEvent,
  { recipient, signingKey }: { readonly recipient: string; readonly signingKey: string },
): string {
  return JSON.stringify({
    signature: mailgunSignature(signingKey, event.at),
    "event-data": eventData(variant, event, recipient),
  });
}

function eventData({ event, level, fields }: MailgunVariant, reported: ReportedEvent, recipient: string): JsonObject {
  const { mail, action, at, link } = reported;
  return {
    id: randomBytes(16).toString("base64url"),
    event,
    timestamp: at.getTime() / 1000,
    "log-level": level,
    recipient,
    "recipient-domain": domainOf(recipient),
    tags: mail.tags,
    campaigns: [],
    "user-variables": mail.metadata,
    flags: { "is-routed": false, "is-authenticated": true, "is-system-test": false, "is-test-mode": false },
    envelope: { sender: mail.envelope.from, transport: "smtp", targets: recipient, "sending-ip": senderIp },
    message: messageOf(mail),
    ...withServer(fields, recipient),
    ...(action === "click" && { url: link }),
  };
}

function messageOf({ messageId, providerId, subject, headers, attachments, size }: CaughtMail): JsonObject {
  const header = (name: string): string | undefined =>
    headers.find((candidate) => candidate.name.toLowerCase() === name)?.value;
  return {
    headers: {
      to: header("to"),
      "message-id": withoutBrackets(messageId ?? providerId),
      from: header("from"),
      subject,
    },
    attachments: attachments.map(({ filename, contentType, size: bytes }) => ({
      filename,
      "content-type": contentType,
      size: bytes,
    })),
    size,
  };
}

/** Names the recipient's server where one was talked to. */
function withServer(fields: JsonObject = {}, recipient: string): JsonObject {
  const status = fields["delivery-status"];
  if (typeof status !== "object" || status === null || !("tls" in status)) return fields;
  return { ...fields, "delivery-status": { "mx-host": `mx.${domainOf(recipient)}`, ...status } };
}
