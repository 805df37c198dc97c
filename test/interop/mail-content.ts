import { createHash } from "node:crypto";
import type { AddressInput, AddressList, Attachment, Message } from "@mail/core";
import { parseAddress } from "@mail/core";
import PostalMime, { type Address, decodeWords } from "postal-mime";

/** What a reader gets to see of a mail, in one form for what was written and for what arrived. */
export interface MailContent {
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly replyTo: readonly Mailbox[];
  readonly subject: string;
  readonly text: string | undefined;
  readonly html: string | undefined;
  readonly attachments: readonly AttachmentContent[];
  readonly headers: Readonly<Record<string, string>>;
}

interface Mailbox {
  readonly name: string;
  readonly address: string;
}

interface AttachmentContent {
  readonly filename: string | null;
  readonly contentId: string | undefined;
  readonly disposition: string | null;
  readonly size: number;
  readonly sha256: string;
}

/** What the app wrote. `Message` of the tests here, whose attachments hold bytes or text. */
export function written(message: Message): MailContent {
  const { from = "", to, cc, replyTo, subject = "", text, html, attachments = [], headers = {} } = message;
  return {
    from: writtenMailbox(from),
    to: writtenMailboxes(to),
    cc: writtenMailboxes(cc),
    replyTo: writtenMailboxes(replyTo),
    subject,
    text: withoutLastBreak(text),
    html: withoutLastBreak(html),
    attachments: attachments.map(writtenAttachment),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  };
}

function writtenMailboxes(list: AddressList = []): readonly Mailbox[] {
  return (Array.isArray(list) ? list : [list]).map(writtenMailbox);
}

function writtenMailbox(input: AddressInput): Mailbox {
  const { name = "", address } = parseAddress(input, "address");
  return { name, address };
}

function writtenAttachment({ filename, content, contentId, disposition }: Attachment): AttachmentContent {
  if (typeof content !== "string" && !(content instanceof Uint8Array)) throw new TypeError("bytes or text wanted");
  return {
    filename: filename ?? null,
    contentId: contentId === undefined ? undefined : `<${contentId}>`,
    disposition: disposition ?? (contentId === undefined ? "attachment" : "inline"),
    ...digest(Buffer.from(content as Uint8Array)),
  };
}

/** What stands in the mail as the server stored it, read by a parser that shares no code with the sender. */
export async function received(source: Buffer, headerNames: readonly string[] = []): Promise<MailContent> {
  const mail = await PostalMime.parse(source, { attachmentEncoding: "arraybuffer" });
  const headers = headerNames.map((name) => name.toLowerCase());
  return {
    from: receivedMailbox(mail.from),
    to: (mail.to ?? []).map(receivedMailbox),
    cc: (mail.cc ?? []).map(receivedMailbox),
    replyTo: (mail.replyTo ?? []).map(receivedMailbox),
    subject: mail.subject ?? "",
    text: withoutLastBreak(mail.text),
    html: withoutLastBreak(mail.html),
    attachments: mail.attachments.map(({ filename, contentId, disposition, content }) => ({
      filename,
      contentId,
      disposition,
      ...digest(Buffer.from(content as ArrayBuffer)),
    })),
    headers: Object.fromEntries(
      mail.headers.filter(({ key }) => headers.includes(key)).map(({ key, value }) => [key, decodeWords(value)]),
    ),
  };
}

function receivedMailbox(address: Address | undefined): Mailbox {
  return { name: address?.name ?? "", address: address?.address ?? "" };
}

/** A mail ends with a line break (RFC 5321 section 4.1.1.4), and the parser adds one to every part. */
function withoutLastBreak(text: string | undefined): string | undefined {
  return text?.replace(/\n$/, "");
}

function digest(bytes: Buffer): Pick<AttachmentContent, "size" | "sha256"> {
  return { size: bytes.byteLength, sha256: createHash("sha256").update(bytes).digest("hex") };
}
