import type { Address } from "@mail/core";
import MailComposer from "nodemailer/lib/mail-composer";

export interface Header {
  readonly name: string;
  readonly value: string;
}

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
export function composeMail(mail: ComposedMail): Promise<Uint8Array> {
  const { text, html, amp } = mail;
  const message = new MailComposer({
    from: mailbox(mail.from),
    to: mail.to.map(mailbox),
    cc: (mail.cc ?? []).map(mailbox),
    replyTo: (mail.replyTo ?? []).map(mailbox),
    subject: mail.subject,
    messageId: mail.messageId,
    date: mail.date,
    headers: mail.headers.map(({ name, value }) => ({ key: name, value })),
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    ...(amp !== undefined && { amp }),
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
  }).compile();
  const asWritten = new Map(mail.headers.map(({ name }) => [name.toLowerCase(), name]));
  message.normalizeHeaderKey = (key) => asWritten.get(key.toLowerCase()) ?? key;
  return message.build();
}

/** nodemailer changes the objects it gets. */
function mailbox({ name = "", address }: Address): { name: string; address: string } {
  return { name, address };
}

/** A media type that cannot break its header. */
function mediaType(type: string): string {
  return /^[\w.+-]+\/[\w.+-]+[\x20-\x7e]*$/.test(type) ? type : "application/octet-stream";
}

/** A trace field as RFC 5321 section 4.4 has it. */
export function receivedBy(host: string, id: string, date: Date): Header {
  const time = date.toUTCString().replace("GMT", "+0000");
  return { name: "Received", value: `from [127.0.0.1] by ${host} with HTTP id ${id}; ${time}` };
}
