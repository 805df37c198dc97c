import {
  attemptsToJson,
  type MailError,
  type MailErrorCode,
  type MailEvent,
  type MailEventReason,
  mailErrorToJson,
  type Receipt,
  type TrackedMail,
} from "@mail/core";

/** `provider` of the events that tell what a transport answered to a send. */
export const transportProvider = "transport";

/** What a receipt says of each recipient. */
export function receiptEvents(mail: TrackedMail, receipt: Receipt): readonly MailEvent[] {
  const raw = { attempts: attemptsToJson(receipt.attempts) };
  const accepted = receipt.accepted.map((recipient) =>
    ownEvent(mail, recipient, { type: receipt.status, at: new Date(mail.at), raw }),
  );
  const rejected = receipt.rejected.map(({ address, error }) =>
    errorEvent(mail, address, error, { refused: true, alone: true }),
  );
  return [...accepted, ...rejected];
}

/** What an error says of each recipient. It names none, so that it condemns an address only where there is no other. */
export function errorEvents(mail: TrackedMail, error: MailError): readonly MailEvent[] {
  const about = { refused: error.scope === "recipient", alone: mail.recipients.length === 1 };
  return mail.recipients.map((recipient) => errorEvent(mail, recipient, error, about));
}

/** A mail that was not sent since another one with its idempotency key was. */
export function duplicateEvents(mail: TrackedMail, { id }: Receipt): readonly MailEvent[] {
  return mail.recipients.map((recipient) =>
    ownEvent(mail, recipient, { type: "unknown", at: new Date(mail.at), detail: `duplicate of ${id}`, raw: {} }),
  );
}

interface About {
  /** It was the recipient that was refused. */
  readonly refused: boolean;
  /** The error is about this recipient and no other. */
  readonly alone: boolean;
}

function errorEvent(mail: TrackedMail, recipient: string, error: MailError, about: About): MailEvent {
  const response = error.response?.text;
  return ownEvent(mail, recipient, {
    ...verdictOn(error, about),
    at: new Date(),
    detail: error.code,
    ...(response !== undefined && { response }),
    raw: mailErrorToJson(error),
  });
}

/**
 * Enhanced codes at which an address will never take mail (RFC 3463 sections 3.2 and 3.3, RFC 7505): no such mailbox,
 * no such system, bad syntax, moved, takes no mail, disabled.
 */
const deadAddress = /^5\.(?:1\.(?:1|2|3|6|10)|2\.1)$/;

const reasons: Readonly<Partial<Record<MailErrorCode, MailEventReason>>> = {
  invalid_recipient: "invalid",
  policy_rejected: "blocked",
};

function verdictOn(error: MailError, { refused, alone }: About): Pick<MailEvent, "type" | "reason" | "permanent"> {
  if (error.delivery === "unknown") return { type: "unknown" };
  const reason = reasons[error.code] ?? "other";
  // Whatever was not sent may be sent by the next try or transport.
  if (error.retryable || !refused) return { type: "failed", reason };
  if (error.code !== "recipient_rejected") return { type: "rejected", reason, permanent: false };
  const permanent = alone && deadAddress.test(error.response?.enhancedCode ?? "");
  return { type: "bounced", reason: permanent ? "invalid" : reason, permanent };
}

/** The same id each time, so that whoever sends a mail again around the tracker doubles nothing. */
function ownEvent(
  { id: mailId, providerId, messageId, tags, metadata }: TrackedMail,
  recipient: string,
  event: Omit<MailEvent, "id" | "provider" | "tags" | "metadata">,
): MailEvent {
  return {
    id: `${mailId}:${event.type}:${recipient.toLowerCase()}`,
    provider: transportProvider,
    mailId,
    ...(providerId !== undefined && { providerId }),
    ...(messageId !== undefined && { messageId }),
    recipient,
    tags,
    metadata,
    ...event,
  };
}
