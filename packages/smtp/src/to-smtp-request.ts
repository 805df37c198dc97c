import { hasInternationalLocalPart, misconfigured, type PreparedAttachment, type PreparedMessage } from "@mail/core";
import type { MailComposerAlternative, MailComposerAttachment } from "nodemailer/lib/mail-composer";
import { headerBlock } from "./mime-headers.ts";
import type { DkimKey } from "./smtp-login.ts";

/** A mail ready for the wire. */
export interface SmtpRequest {
  readonly from: string;
  readonly to: readonly string[];
  /** An address has non-ASCII characters before the @ (RFC 6531). */
  readonly needsSmtpUtf8: boolean;
  /**
   * Bytes of the whole mail as composed, CRLF line ends, not dot-stuffed; undefined where a stream's length is not known
   * beforehand.
   */
  readonly size: number | undefined;
  /** The mail: ready buffers in the ordinary case, or a source that is read once per attempt with bounded memory. */
  readonly body: readonly Buffer[] | (() => AsyncIterable<Buffer>);
}

/**
 * Composes the mail and signs it where `dkim` is given.
 * @throws MailError `invalid_message` when an attachment cannot be read
 */
export async function toSmtpRequest(mail: PreparedMessage, dkim: DkimKey | undefined): Promise<SmtpRequest> {
  const attachments = await Promise.all(mail.attachments.map(readAttachment));
  const { default: MailComposer } = await import("nodemailer/lib/mail-composer");
  const body = await new MailComposer({
    messageId: mail.messageId,
    date: mail.date,
    alternatives: alternativesOf(mail),
    attachments,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
  const composed = Buffer.concat([Buffer.from(headerBlock(mail), "utf8"), body]);
  const bytes = dkim === undefined ? composed : await sign(composed, dkim);
  return {
    ...mail.envelope,
    needsSmtpUtf8: addressesOf(mail).some(hasInternationalLocalPart),
    size: bytes.byteLength,
    body: [bytes],
  };
}

function addressesOf(mail: PreparedMessage): readonly string[] {
  const shown = [mail.from, ...(mail.sender === undefined ? [] : [mail.sender]), ...mail.to, ...mail.cc];
  return [mail.envelope.from, ...mail.envelope.to, ...[...shown, ...mail.replyTo].map(({ address }) => address)];
}

async function readAttachment(attachment: PreparedAttachment): Promise<MailComposerAttachment> {
  const { filename, contentType, contentId, disposition } = attachment;
  const bytes = await attachment.bytes();
  return {
    filename: filename ?? false,
    content: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    contentType,
    contentDisposition: disposition,
    contentTransferEncoding: "base64",
    ...(contentId !== undefined && { cid: contentId }),
  };
}

/** Least to most faithful (RFC 2046 section 5.1.4); AMP before HTML, as its own documentation asks. */
function alternativesOf({ text, html, amp, calendar }: PreparedMessage): MailComposerAlternative[] {
  return [
    ...textPart("text/plain; charset=utf-8", text),
    ...textPart("text/x-amp-html; charset=utf-8", amp),
    ...textPart("text/html; charset=utf-8", html),
    ...textPart(`text/calendar; charset=utf-8; method=${calendar?.method}`, calendar?.content),
  ];
}

/**
 * Quoted-printable where most of the text is ASCII and line ends are ordinary, else base64. Both keep lines short and
 * every character as it was.
 */
function textPart(contentType: string, content: string | undefined): MailComposerAlternative[] {
  if (content === undefined) return [];
  const bytes = Buffer.from(content, "utf8");
  const unreadable = /\r(?!\n)|\0/.test(content) || bytes.filter((byte) => byte > 0x7f).length * 3 > bytes.length;
  if (unreadable) return [{ contentType, content, contentTransferEncoding: "base64" }];
  // nodemailer would put bare line feeds out as they are.
  const lines = content.replace(/\r?\n/g, "\r\n");
  return [{ contentType, content: lines, contentTransferEncoding: "quoted-printable" }];
}

/** Those of RFC 6376 section 5.4.1, and what one-click unsubscribe needs besides (RFC 8058 section 4). */
const signedFields = [
  ...["From", "Sender", "Reply-To", "Subject", "Date", "Message-ID", "To", "Cc", "In-Reply-To", "References"],
  ...["MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Content-ID", "Content-Description"],
  ...["Resent-Date", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Message-ID"],
  ...["List-Id", "List-Help", "List-Unsubscribe", "List-Unsubscribe-Post"],
  ...["List-Subscribe", "List-Post", "List-Owner", "List-Archive"],
].join(":");

async function sign(message: Buffer, dkim: DkimKey): Promise<Buffer> {
  const { default: DKIM } = await import("nodemailer/lib/dkim");
  const chunks: Buffer[] = [];
  for await (const chunk of new DKIM({ ...dkim, headerFieldNames: dkim.headerFieldNames ?? signedFields }).sign(
    message,
  ))
    chunks.push(chunk);
  const signed = Buffer.concat(chunks);
  // nodemailer passes a mail that it cannot sign on as it is.
  if (signed.subarray(0, signatureName.length).toString() === signatureName) return signed;
  throw misconfigured("dkim", "the mail cannot be signed", "Check dkim.privateKey: it must be an RSA or Ed25519 key.");
}

const signatureName = "DKIM-Signature:";
