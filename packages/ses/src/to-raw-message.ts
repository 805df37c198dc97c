import { type Address, encodeHeaderValue, type PreparedMessage } from "@mail/core";
import type { MailComposerAlternative } from "nodemailer/lib/mail-composer";
import type { AttachedFile } from "./attached-file.ts";

/** Longest run without a space that may stand in a header line (RFC 5322 section 2.1.1, with room for the name). */
const maxTokenLength = 800;

/** The mail's MIME source, written by nodemailer; Bcc is not in it. */
export async function toRawMessage(mail: PreparedMessage, files: readonly AttachedFile[]): Promise<Uint8Array> {
  const { default: MailComposer } = await import("nodemailer/lib/mail-composer");
  const alternatives = mail.calendar === undefined ? [] : [calendarPart(mail.calendar)];
  const composer = new MailComposer({
    from: mailbox(mail.from),
    ...(mail.sender !== undefined && { sender: mailbox(mail.sender) }),
    ...(mail.to.length > 0 && { to: mail.to.map(mailbox) }),
    ...(mail.cc.length > 0 && { cc: mail.cc.map(mailbox) }),
    ...(mail.replyTo.length > 0 && { replyTo: mail.replyTo.map(mailbox) }),
    subject: headerValue(mail.subject),
    messageId: mail.messageId,
    date: mail.date,
    headers: Object.entries(mail.headers).map(([key, value]) => ({ key, value: headerValue(value) })),
    ...(mail.text !== undefined && { text: body(mail.text) }),
    ...(mail.html !== undefined && { html: body(mail.html) }),
    ...(mail.amp !== undefined && { amp: body(mail.amp) }),
    alternatives,
    attachments: files.map(({ filename, contentType, contentId, disposition, bytes }) => ({
      filename: filename ?? false,
      contentType,
      contentDisposition: disposition,
      content: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      ...(contentId !== undefined && { cid: contentId }),
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: "\r\n",
  });
  return composer.compile().build();
}

interface Base64Body {
  readonly content: string;
  readonly contentTransferEncoding: "base64";
}

/** nodemailer writes a bare carriage return and NUL out as they are, which no mail may hold (RFC 5322 section 2.3). */
function body(content: string): string | Base64Body {
  return /\r(?!\n)|\0/.test(content) ? { content, contentTransferEncoding: "base64" } : content;
}

function calendarPart({ content, method }: NonNullable<PreparedMessage["calendar"]>): MailComposerAlternative {
  const written = body(content);
  const contentType = `text/calendar; charset=utf-8; method=${method}`;
  return { contentType, ...(typeof written === "string" ? { content } : written) };
}

/** nodemailer changes the objects it gets. */
function mailbox({ name = "", address }: Address): { name: string; address: string } {
  return { name, address };
}

/** Encoded where it is not ASCII, and where it could not be folded; but an address in `<>` must stay one. */
function headerValue(value: string): string {
  const encoded = encodeHeaderValue(value);
  if (encoded.includes("<") || !encoded.split(/[ \t]/).some((token) => token.length > maxTokenLength)) return encoded;
  const words = encoded.match(/.{1,45}/g) ?? [];
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString("base64")}?=`).join(" ");
}
