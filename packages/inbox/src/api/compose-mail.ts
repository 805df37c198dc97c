import type { Address } from "@mail/core";
import MailComposer from "nodemailer/lib/mail-composer";
import { type Header, headerLines } from "./header.ts";

export interface ComposedFile {
  readonly filename?: string | undefined;
  readonly contentType: string;
  readonly disposition: "attachment" | "inline";
  /** Without `<>`. */
  readonly contentId?: string | undefined;
  readonly content: Uint8Array;
}

/** A mail as a provider would write it. */
export interface ComposedMail {
  readonly from: Address;
  readonly to: readonly Address[];
  readonly cc?: readonly Address[] | undefined;
  readonly replyTo?: readonly Address[] | undefined;
  readonly subject: string;
  /** With `<>`. */
  readonly messageId: string;
  readonly date: Date;
  /** In their order; trace fields first. */
  readonly headers: readonly Header[];
  readonly text?: string | undefined;
  readonly html?: string | undefined;
  readonly amp?: string | undefined;
  /** Further forms of the text, such as a calendar's. */
  readonly alternatives?: readonly { readonly contentType: string; readonly content: string }[] | undefined;
  readonly attachments?: readonly ComposedFile[] | undefined;
}

/** Writes the MIME source; Bcc is not in it, and nothing is read from files or addresses. */
export async function composeMail(mail: ComposedMail): Promise<Uint8Array> {
  const { text, html, amp } = mail;
  const composer = new MailComposer({
    from: mailbox(mail.from),
    to: mail.to.map(mailbox),
    cc: (mail.cc ?? []).map(mailbox),
    replyTo: (mail.replyTo ?? []).map(mailbox),
    subject: mail.subject,
    messageId: mail.messageId,
    date: mail.date,
    ...(text !== undefined && { text: withoutBareReturns(text) }),
    ...(html !== undefined && { html: withoutBareReturns(html) }),
    ...(amp !== undefined && { amp: withoutBareReturns(amp) }),
    alternatives: (mail.alternatives ?? []).map(({ contentType, content }) => ({
      contentType: mediaType(contentType),
      content,
    })),
    attachments: (mail.attachments ?? []).map((file) => ({
      filename: file.filename ?? false,
      contentType: mediaType(file.contentType),
      contentDisposition: file.disposition,
      content: Buffer.from(file.content.buffer, file.content.byteOffset, file.content.byteLength),
      ...(file.contentId !== undefined && { cid: file.contentId }),
    })),
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: "\r\n",
  });
  const headers = mail.headers.filter(({ name }) => !composedHeaders.has(name.toLowerCase()));
  return Buffer.concat([Buffer.from(headers.map(headerLines).join("")), await composer.compile().build()]);
}

/** A carriage return alone must not stand in a mail (RFC 5322 section 2.3), and nodemailer leaves it there. */
function withoutBareReturns(text: string): string {
  return text.replace(/\r(?!\n)/g, "\n");
}

/** Headers that nodemailer writes of other fields, or must not be there. */
const composedHeaders: ReadonlySet<string> = new Set([
  "bcc",
  "cc",
  "content-transfer-encoding",
  "content-type",
  "date",
  "from",
  "message-id",
  "mime-version",
  "reply-to",
  "subject",
  "to",
]);

/** nodemailer changes the objects it gets. */
function mailbox({ name = "", address }: Address): { name: string; address: string } {
  return { name, address };
}

/** A media type that cannot break its header. */
function mediaType(type: string): string {
  return /^[\w.+-]+\/[\w.+-]+[\x20-\x7e]*$/.test(type) ? type : "application/octet-stream";
}
