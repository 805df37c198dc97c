import { type Address, hasInternationalLocalPart, type PreparedMessage } from "@mail/core";
import { composeMail } from "./compose/compose-mail.ts";
import { EncodedAttachments } from "./compose/encoded-attachments.ts";
import type { EncodedTexts } from "./compose/encoded-texts.ts";
import type { MailBytes } from "./compose/join-pieces.ts";
import { signMail } from "./compose/sign-mail.ts";
import type { DkimKey } from "./smtp-login.ts";

/** A mail ready for the wire. */
export interface SmtpRequest extends MailBytes {
  readonly from: string;
  readonly to: readonly string[];
  /** An address has non-ASCII characters before the @ (RFC 6531). */
  readonly needsSmtpUtf8: boolean;
}

/**
 * Composes the mail and signs it where `dkim` is given. At once where there is nothing to read or sign.
 * @param encoded what mails before this one had attached
 * @param texts what they said
 * @throws MailError `invalid_message` when an attachment cannot be read
 */
export function toSmtpRequest(
  mail: PreparedMessage,
  dkim: DkimKey | undefined,
  encoded: EncodedAttachments = new EncodedAttachments(),
  texts?: EncodedTexts,
): SmtpRequest | Promise<SmtpRequest> {
  const composed = composeMail(mail, encoded, texts?.part);
  if (dkim === undefined && !(composed instanceof Promise)) return requestOf(mail, composed);
  return finished(mail, composed, dkim);
}

async function finished(
  mail: PreparedMessage,
  composed: MailBytes | Promise<MailBytes>,
  dkim: DkimKey | undefined,
): Promise<SmtpRequest> {
  const bytes = await composed;
  return requestOf(mail, dkim === undefined ? bytes : await signMail(bytes, dkim));
}

function requestOf(mail: PreparedMessage, bytes: MailBytes): SmtpRequest {
  const { from, to } = mail.envelope;
  const { size, body, release } = bytes;
  return { from, to, needsSmtpUtf8: needsSmtpUtf8(mail), size, body, ...(release !== undefined && { release }) };
}

/** In the envelope or in what the mail shows. */
function needsSmtpUtf8({ envelope, from, sender, to, cc, replyTo }: PreparedMessage): boolean {
  const isInternational = ({ address }: Address): boolean => hasInternationalLocalPart(address);
  return (
    hasInternationalLocalPart(envelope.from) ||
    envelope.to.some(hasInternationalLocalPart) ||
    isInternational(from) ||
    (sender !== undefined && isInternational(sender)) ||
    [to, cc, replyTo].some((people) => people.some(isInternational))
  );
}
