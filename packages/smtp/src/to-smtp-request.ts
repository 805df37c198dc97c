import { hasInternationalLocalPart, type PreparedMessage } from "@mail/core";
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
  return { ...mail.envelope, needsSmtpUtf8: addressesOf(mail).some(hasInternationalLocalPart), ...bytes };
}

function addressesOf(mail: PreparedMessage): readonly string[] {
  const shown = [mail.from, ...(mail.sender === undefined ? [] : [mail.sender]), ...mail.to, ...mail.cc];
  return [mail.envelope.from, ...mail.envelope.to, ...[...shown, ...mail.replyTo].map(({ address }) => address)];
}
