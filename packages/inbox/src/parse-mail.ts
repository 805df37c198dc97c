import { mailIdKey } from "@mail/core";
import type { Attachment, Email, Header } from "postal-mime";
import { addressKey, domainOf, mailboxes } from "./caught-address.ts";
import type { CaughtAttachment, CaughtMail } from "./caught-mail.ts";
import type { IncomingMail } from "./hub.ts";
import { parseMime } from "./parse-mime.ts";
import { providerId } from "./provider-id.ts";

/** Reads a mail as its readers would see it; the id is left to the hub. A source that is no mail has no fields. */
export async function parseMail(incoming: IncomingMail, receivedAt: Date): Promise<Omit<CaughtMail, "id">> {
  const email = await readSource(incoming.source);
  const to = mailboxes(email.to);
  const cc = mailboxes(email.cc);
  const [from] = mailboxes(email.from === undefined ? [] : [email.from]);
  const { via, inbox, envelope, metadata = {}, sendAt, dialogue, request } = incoming;
  const mailId = headerOf(email, "x-mail-id") ?? metadata[mailIdKey];
  return {
    inbox,
    via,
    receivedAt,
    unread: true,
    envelope,
    providerId: incoming.providerId ?? providerId(via, domainOf(envelope.from) || "localhost"),
    to,
    cc,
    bcc: hiddenRecipients(envelope.to, [...to, ...cc]),
    replyTo: mailboxes(email.replyTo),
    subject: email.subject ?? "",
    headers: email.headers.map(({ originalKey, value }) => ({ name: originalKey, value })),
    attachments: email.attachments.map(attachmentOf),
    tags: incoming.tags ?? [],
    metadata,
    size: incoming.source.byteLength,
    ...(from !== undefined && { from }),
    ...(mailId !== undefined && { mailId }),
    ...(email.messageId !== undefined && { messageId: email.messageId }),
    ...(email.text !== undefined && { text: email.text }),
    ...(email.html !== undefined && { html: email.html }),
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

/** Bcc is never in a header: whoever got the mail and is not named had it blind. */
function hiddenRecipients(envelope: readonly string[], named: CaughtMail["to"]): CaughtMail["bcc"] {
  const seen = new Set(named.map(({ address }) => addressKey(address)));
  return envelope.filter((address) => !seen.has(addressKey(address))).map((address) => ({ address }));
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
