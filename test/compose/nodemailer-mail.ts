import type { PreparedMessage } from "@mail/core";
import MailComposer, { type MailComposerAlternative, type MailComposerAttachment } from "nodemailer/lib/mail-composer";

/** The same mail as nodemailer writes it, its headers and encodings too. */
export async function nodemailerMail(mail: PreparedMessage): Promise<Buffer> {
  const attachments = mail.attachments.map(
    async (attachment): Promise<MailComposerAttachment> => ({
      filename: attachment.filename ?? false,
      content: Buffer.from(await attachment.bytes()),
      contentType: attachment.contentType,
      contentDisposition: attachment.disposition,
      contentTransferEncoding: "base64",
      ...(attachment.contentId !== undefined && { cid: attachment.contentId }),
    }),
  );
  // nodemailer changes the objects it gets.
  const copies = structuredClone({ from: mail.from, to: mail.to, cc: mail.cc, replyTo: mail.replyTo });
  const composer = new MailComposer({
    from: named(copies.from),
    ...(mail.sender !== undefined && { sender: named(mail.sender) }),
    to: copies.to.map(named),
    cc: copies.cc.map(named),
    replyTo: copies.replyTo.map(named),
    subject: mail.subject,
    messageId: mail.messageId,
    date: mail.date,
    headers: Object.entries(mail.headers).map(([key, value]) => ({ key, value })),
    alternatives: alternativesOf(mail),
    attachments: await Promise.all(attachments),
    newline: "\r\n",
  });
  return composer.compile().build();
}

const named = ({ name = "", address }: { name?: string; address: string }) => ({ name, address });

function alternativesOf({ text, html, amp, calendar }: PreparedMessage): MailComposerAlternative[] {
  const parts = [
    ["text/plain; charset=utf-8", text],
    ["text/x-amp-html; charset=utf-8", amp],
    ["text/html; charset=utf-8", html],
    [`text/calendar; charset=utf-8; method=${calendar?.method}`, calendar?.content],
  ] as const;
  return parts.flatMap(([contentType, content]) => (content === undefined ? [] : [{ contentType, content }]));
}
