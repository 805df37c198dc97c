import type { Outgoing } from "./delivery-log.ts";
import { variantOf } from "./event-variants.ts";
import { mailgunEvent } from "./mailgun-event.ts";
import { mailgunLegacyEvent } from "./mailgun-legacy-event.ts";
import { mailgunVariants } from "./mailgun-variants.ts";
import { originalHeaders } from "./original-headers.ts";
import { postWebhook, splitCredentials } from "./post-webhook.ts";
import { reportMail } from "./report-mail.ts";
import { reportMailVariants } from "./report-mail-variants.ts";
import type { ReportedEvent } from "./reported-event.ts";
import { sendReportMail } from "./send-report-mail.ts";
import { sendgridEvents, sendgridSignature } from "./sendgrid-events.ts";
import { sendgridVariants } from "./sendgrid-variants.ts";
import { sesRecord } from "./ses-record.ts";
import { sesVariants } from "./ses-variants.ts";
import type { SnsSubscriber } from "./sns-subscriber.ts";
import type { SigningKeys } from "./webhook-private-keys.ts";

interface Sending {
  readonly url: string;
  readonly detail: string | undefined;
  readonly topicArn: string;
  readonly signing: SigningKeys;
  readonly subscription: SnsSubscriber;
  readonly source: ((mailId: string) => Uint8Array | undefined) | undefined;
  readonly timeoutMs: number;
}

/** The requests or mails by which a provider reports an event: one, save for Mailgun, which sends one a recipient. */
export function outgoingEvents(event: ReportedEvent, sending: Sending): readonly Outgoing[] {
  if (event.recipients.length === 0) return [];
  switch (event.mail.via) {
    case "sendgrid":
      return [toSendgridTarget(event, sending)];
    case "mailgun":
      return event.recipients.map((recipient) => toMailgunTarget(event, recipient, sending));
    case "ses":
      return [toSesTarget(event, sending)];
    case "smtp":
      return [toMailServer(event, sending)];
  }
}

function toSendgridTarget(event: ReportedEvent, sending: Sending): Outgoing {
  const batch = variantOf(sendgridVariants, { ...event, via: "sendgrid", detail: sending.detail });
  const body = sendgridEvents(batch, event);
  return toWebTarget(event, sending, body, () => ({
    "Content-Type": "application/json",
    "User-Agent": "SendGrid Event API",
    ...sendgridSignature(sending.signing.sendgrid, body, new Date()),
  }));
}

function toMailgunTarget(event: ReportedEvent, recipient: string, sending: Sending): Outgoing {
  const variant = variantOf(mailgunVariants, { ...event, via: "mailgun", detail: sending.detail });
  const post = { recipient, signingKey: sending.signing.mailgun };
  const [body, type] =
    "legacy" in variant
      ? [mailgunLegacyEvent(variant, event, post), "application/x-www-form-urlencoded"]
      : [mailgunEvent(variant, event, post), "application/json"];
  return toWebTarget(event, sending, body, () => ({ "Content-Type": type, "User-Agent": "mailgun" }));
}

function toSesTarget(event: ReportedEvent, sending: Sending): Outgoing {
  const variant = variantOf(sesVariants, { ...event, via: "ses", detail: sending.detail });
  const record = sesRecord(variant, event, sending.topicArn);
  const { headers, body } = sending.subscription.notification(record, event.at);
  return toWebTarget(event, sending, body, () => headers);
}

function toWebTarget(event: ReportedEvent, sending: Sending, body: string, headers: Outgoing["headers"]): Outgoing {
  const { url, timeoutMs } = sending;
  const { mail, action } = event;
  return {
    via: mail.via,
    mailId: mail.id,
    action,
    url: splitCredentials(url).address,
    body,
    headers,
    send: (signed, signal) => postWebhook({ url, headers: signed, body, signal, timeoutMs }),
  };
}

/** Reports go to the mail's sender, by the server that the target names. */
function toMailServer(event: ReportedEvent, { url, detail, source, timeoutMs }: Sending): Outgoing {
  const { mail, action } = event;
  const variant = variantOf(reportMailVariants, { via: "smtp", action, detail });
  const body = reportMail(variant, event, originalHeaders(mail, source?.(mail.id)));
  const to = mail.envelope.from;
  return {
    via: "smtp",
    mailId: mail.id,
    action,
    url: splitCredentials(url).address,
    body,
    headers: () => ({ "MAIL FROM": "<>", "RCPT TO": `<${to}>` }),
    send: (_headers, signal) => sendReportMail({ url, to, body, signal, timeoutMs }),
  };
}
