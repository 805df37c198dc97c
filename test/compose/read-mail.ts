import { domainToASCII } from "node:url";
import { type AddressObject, type EmailAddress, simpleParser } from "mailparser";
import PostalMime, { type Address, decodeWords } from "postal-mime";

/** What a reader gets to see. */
export interface ReadMail {
  readonly from: readonly string[];
  readonly sender: readonly string[];
  readonly to: readonly string[];
  readonly cc: readonly string[];
  readonly replyTo: readonly string[];
  readonly subject: string;
  readonly messageId: string | undefined;
  readonly date: number;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly files: readonly ReadFile[];
}

interface ReadFile {
  readonly filename: string | undefined;
  readonly type: string;
  readonly disposition: string | undefined;
  readonly contentId: string | undefined;
  readonly content: string;
}

export async function byPostalMime(source: Buffer, headerNames: readonly string[]): Promise<ReadMail> {
  const mail = await PostalMime.parse(source, { attachmentEncoding: "arraybuffer" });
  const mailboxes = (list: readonly Address[] = []): string[] =>
    list.map(({ name, address }) => mailbox(name, address));
  const values = new Map(mail.headers.map(({ key, value }) => [key, value]));
  return {
    from: mailboxes(mail.from && [mail.from]),
    sender: mailboxes(mail.sender && [mail.sender]),
    to: mailboxes(mail.to),
    cc: mailboxes(mail.cc),
    replyTo: mailboxes(mail.replyTo),
    subject: mail.subject ?? "",
    messageId: mail.messageId,
    date: Date.parse(mail.date ?? ""),
    text: mail.text ?? "",
    html: mail.html ?? "",
    headers: Object.fromEntries(
      headerNames.map((name) => [name, decodeWords(values.get(name.toLowerCase()) ?? "")] as const),
    ),
    files: mail.attachments.map(({ filename, mimeType, disposition, contentId, content }) => ({
      filename: filename ?? undefined,
      type: mimeType,
      disposition: disposition ?? undefined,
      contentId,
      content: contentOf(mimeType, Buffer.from(content as ArrayBuffer)),
    })),
  };
}

export async function byMailparser(source: Buffer, headerNames: readonly string[]): Promise<ReadMail> {
  const mail = await simpleParser(source, {
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipImageLinks: true,
    skipTextLinks: true,
    keepCidLinks: true,
  });
  const mailboxes = (field: string): string[] => {
    const header = mail.headers.get(field) as AddressObject | undefined;
    return (header?.value ?? []).map(({ name, address }: EmailAddress) => mailbox(name, address));
  };
  const lines = new Map(mail.headerLines.map(({ key, line }) => [key, line.slice(line.indexOf(":") + 1)]));
  return {
    from: mailboxes("from"),
    sender: mailboxes("sender"),
    to: mailboxes("to"),
    cc: mailboxes("cc"),
    replyTo: mailboxes("reply-to"),
    subject: mail.subject ?? "",
    messageId: mail.messageId,
    date: mail.date?.getTime() ?? Number.NaN,
    text: mail.text ?? "",
    html: mail.html || "",
    headers: Object.fromEntries(
      headerNames.map((name) => {
        const unfolded = (lines.get(name.toLowerCase()) ?? "").replace(/\r?\n(?=[ \t])/g, "").trim();
        return [name, decodeWords(unfolded)] as const;
      }),
    ),
    files: mail.attachments.map(({ filename, contentType, contentDisposition, contentId, content }) => ({
      filename,
      type: contentType,
      disposition: contentDisposition,
      contentId,
      content: contentOf(contentType, content as Buffer),
    })),
  };
}

/** Of a body that the parser takes for a file, line ends are as in a body. */
function contentOf(type: string, content: Buffer): string {
  if (type !== "text/x-amp-html" && type !== "text/calendar") return content.toString("base64");
  return content.toString("utf8").replace(/\r\n/g, "\n").trimEnd();
}

/** Domains compare in ASCII: which form is written beside an international local part is a matter of taste. */
function mailbox(name = "", address = ""): string {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  const ascii = domain.startsWith("[") ? domain : domainToASCII(domain);
  return `${name} <${address.slice(0, at)}@${ascii.toLowerCase()}>`;
}
