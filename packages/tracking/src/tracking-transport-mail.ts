import { type BatchRequest, type PreparedMessage, type Receipt, renderSegments, type TrackedMail } from "@mail/core";

/** What is recorded of a mail before it is sent. */
export function toTrackedMail(mail: PreparedMessage, transport: string): TrackedMail {
  const { id, messageId, envelope, subject, tags, metadata } = mail;
  return { id, at: Date.now(), transport, recipients: envelope.to, subject, tags, metadata, messageId };
}

/** Each recipient of a batch gets a mail of their own. */
export function toTrackedMails({ mail, recipients }: BatchRequest, transport: string): readonly TrackedMail[] {
  const at = Date.now();
  return recipients.map(({ id, messageId, to, values, metadata }) => ({
    id,
    at,
    transport,
    recipients: [to.address],
    subject: renderSegments(mail.subject, values),
    tags: mail.tags,
    metadata,
    messageId,
  }));
}

/** The record with what the receipt adds to it; the very same where that is nothing. */
export function withReceipt(mail: TrackedMail, { transport, providerId, messageId }: Receipt): TrackedMail {
  const adds =
    transport !== mail.transport ||
    providerId !== undefined ||
    (messageId !== undefined && messageId !== mail.messageId);
  if (!adds) return mail;
  return {
    ...mail,
    transport,
    ...(providerId !== undefined && { providerId }),
    ...(messageId !== undefined && { messageId }),
  };
}
