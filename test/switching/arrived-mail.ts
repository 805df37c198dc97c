import { domainToASCII } from "node:url";
import type { Address } from "@mail/core";
import type { SentMail } from "@mail/mock";
import { decodeWords, type Email, type Address as ParsedAddress } from "postal-mime";

/** What a reader gets of a mail, whoever carried it. */
export interface ArrivedMail {
  readonly from: Address;
  readonly to: readonly Address[];
  readonly cc: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly recipients: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly mailId: string | undefined;
  readonly campaign: string | undefined;
  /** Content by what the html or the reader calls it: content id, else file name. */
  readonly files: Readonly<Record<string, string>>;
}

/** A mail as the mock keeps it. */
export function fromMemory(mail: SentMail): ArrivedMail {
  const header = (name: string) => Object.entries(mail.headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return {
    from: mail.from,
    to: mail.to,
    cc: mail.cc,
    replyTo: mail.replyTo,
    recipients: [...mail.envelope.to].sort(),
    subject: mail.subject,
    text: body(mail.text),
    html: body(mail.html),
    mailId: header("x-mail-id"),
    campaign: header("x-campaign"),
    files: Object.fromEntries(
      mail.attachments.map(({ contentId, filename, content }) => [
        contentId ?? filename,
        Buffer.from(content).toString("hex"),
      ]),
    ),
  };
}

/** A mail as the inbox caught it, read by an independent parser. */
export function fromMime(mail: Email, recipients: readonly string[]): ArrivedMail {
  const header = (name: string) => decodeWords(mail.headers.find(({ key }) => key === name)?.value ?? "");
  return {
    from: people(mail.from && [mail.from])[0] ?? { address: "" },
    to: people(mail.to),
    cc: people(mail.cc),
    replyTo: people(mail.replyTo),
    recipients: recipients.map(encodedDomain).sort(),
    subject: mail.subject ?? "",
    text: body(mail.text),
    html: body(mail.html),
    mailId: header("x-mail-id"),
    campaign: header("x-campaign"),
    files: Object.fromEntries(
      mail.attachments.map(({ contentId, filename, content }) => [
        contentId?.replace(/^<|>$/g, "") ?? filename,
        Buffer.from(content as ArrayBuffer).toString("hex"),
      ]),
    ),
  };
}

/** smtp-server shows internationalised domains decoded. */
function encodedDomain(address: string): string {
  const at = address.lastIndexOf("@");
  return `${address.slice(0, at)}@${domainToASCII(address.slice(at + 1))}`;
}

const people = (list: readonly ParsedAddress[] = []): readonly Address[] =>
  list.map(({ name, address = "" }) => (name === "" ? { address } : { name, address }));

/** MIME ends lines and bodies in its own way. */
const body = (text = ""): string => text.replace(/\r\n/g, "\n").trimEnd();
