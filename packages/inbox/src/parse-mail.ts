import { mailIdKey } from "@mail/core";
import type { Attachment, Email, Header } from "postal-mime";
import { addressKey, domainOf, mailboxes } from "./caught-address.ts";
import type { CaughtAttachment, CaughtMail } from "./caught-mail.ts";
import type { IncomingMail } from "./hub.ts";
import { parseMime } from "./parse-mime.ts";
import { providerId } from "./provider-id.ts";

/** What a source says, whoever gets it. */
export interface ReadMail extends Pick<CaughtMail, "to" | "cc" | "replyTo" | "subject" | "headers" | "attachments"> {
  readonly mailId: string | undefined;
  /** Optional fields as far as they are there. */
  readonly known: Pick<CaughtMail, "from" | "messageId" | "text" | "html">;
  /** All in To and Cc, in the form in which addresses are compared. */
  readonly named: ReadonlySet<string>;
}

/** Reads a source; one that is no mail has no fields. */
export async function readMail(source: Uint8Array): Promise<ReadMail> {
  const email = await readSource(source);
  const { messageId, text, html } = email;
  const to = mailboxes(email.to);
  const cc = mailboxes(email.cc);
  const [from] = mailboxes(email.from === undefined ? [] : [email.from]);
  return {
    to,
    cc,
    replyTo: mailboxes(email.replyTo),
    subject: email.subject ?? "",
    headers: email.headers.map(({ originalKey, value }) => ({ name: originalKey, value })),
    attachments: email.attachments.map(attachmentOf),
    mailId: headerOf(email, "x-mail-id"),
    known: {
      ...(from !== undefined && { from }),
      ...(messageId !== undefined && { messageId }),
      ...(text !== undefined && { text }),
      ...(html !== undefined && { html }),
    },
    named: new Set([...to, ...cc].map(({ address }) => addressKey(address))),
  };
}

/** A mail as its readers would see it; the id is left to the hub. */
export async function parseMail(incoming: IncomingMail, receivedAt: Date): Promise<Omit<CaughtMail, "id">> {
  const { via, inbox, envelope, source, metadata = {}, sendAt, dialogue, request } = incoming;
  const read = incoming.read ?? (await readMail(source));
  const { to, cc, replyTo, subject, headers, attachments, known, named } = read;
  const mailId = read.mailId ?? metadata[mailIdKey];
  return {
    inbox,
    via,
    receivedAt,
    unread: true,
    envelope,
    providerId: incoming.providerId ?? providerId(via, domainOf(envelope.from) || "localhost"),
    to,
    cc,
    // Bcc is never in a header: whoever got the mail and is not named had it blind.
    bcc: envelope.to.filter((address) => !named.has(addressKey(address))).map((address) => ({ address })),
    replyTo,
    subject,
    headers,
    attachments,
    tags: incoming.tags ?? [],
    metadata,
    size: source.byteLength,
    ...known,
    ...(mailId !== undefined && { mailId }),
    ...(sendAt !== undefined && { sendAt }),
    ...(dialogue !== undefined && { dialogue }),
    ...(request !== undefined && { request }),
  };
}

/** Limits of the parser must not lose a mail: its source can still be looked at. */
export async function readSource(source: Uint8Array): Promise<Pick<Email, "headers" | "attachments"> & Partial<Email>> {
  try {
    return await parseMime(source);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return { headers: [], attachments: [], subject: `(This mail cannot be read: ${reason})` };
  }
}

function headerOf(email: { readonly headers: readonly Header[] }, key: string): string | undefined {
  return email.headers.find((header) => header.key === key)?.value;
}

function attachmentOf(part: Attachment, index: number): CaughtAttachment {
  const size = typeof part.content === "string" ? Buffer.byteLength(part.content) : part.content.byteLength;
  const inline = part.disposition === "inline" || (part.disposition === null && part.related === true);
  const alternative = alternativeName(part);
  const filename = part.filename ?? alternative;
  return {
    index,
    contentType: part.mimeType,
    disposition: alternative !== undefined ? "alternative" : inline ? "inline" : "attachment",
    size,
    ...(filename !== undefined && { filename }),
    ...(part.contentId !== undefined && { contentId: part.contentId.replace(/^<|>$/g, "") }),
  };
}

/** Forms of the text that are neither plain nor HTML have no name of their own. */
const alternativeNames: Readonly<Record<string, string>> = {
  "text/x-amp-html": "amp.html",
  "text/calendar": "invite.ics",
};

/** The name of a part that stands beside the text, not behind it; `undefined` for any other part. */
export function alternativeName({ mimeType, filename, disposition }: Attachment): string | undefined {
  return filename === null && disposition === null ? alternativeNames[mimeType] : undefined;
}
