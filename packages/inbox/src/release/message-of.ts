import { type Attachment, type Message, mailIdKey, prepareMessage } from "@mail/core";
import { decodeWords, type Email, type Attachment as Part } from "postal-mime";
import type { CaughtMail } from "../caught-mail.ts";
import { alternativeName } from "../parse-mail.ts";
import { parseMime } from "../parse-mime.ts";

/** Headers that tell the way of the caught mail, not of the one that is sent anew. */
const trace = /^(?:x-original-(?:to|cc|bcc)|x-received|delivered-to|authentication-results|arc-.*)$/;
/** By these SparkPost and old mail servers would send to others as well; the like of other providers core refuses. */
const steering = /^(?:x-msys-api|apparently-to)$/;
const maxOriginal = 900;

/**
 * The content of a caught mail as a new one: written from its source, to these recipients alone; those that it had
 * stand in `X-Original-To`. What core makes for each mail or does not take in a header is left out.
 */
export async function messageOf(mail: CaughtMail, source: Uint8Array, to: readonly string[]): Promise<Message> {
  const email = await parseMime(source);
  const files = email.attachments.filter((part) => alternativeName(part) === undefined);
  const alternatives = email.attachments.filter((part) => alternativeName(part) !== undefined);
  const amp = alternatives.find(({ mimeType }) => mimeType === "text/x-amp-html");
  const calendar = alternatives.find(({ mimeType }) => mimeType === "text/calendar");
  return {
    from: mail.from ?? mail.envelope.from,
    ...(email.sender?.address !== undefined && { sender: email.sender.address }),
    to,
    replyTo: mail.replyTo,
    subject: mail.subject,
    ...(email.text === undefined && email.html !== undefined ? {} : { text: bodyOf(email.text ?? "") }),
    ...(email.html !== undefined && { html: bodyOf(email.html) }),
    ...(amp !== undefined && { amp: textOf(amp) }),
    ...(calendar !== undefined && { calendar: { content: textOf(calendar), method: calendar.method } }),
    attachments: files.map(attachmentOf),
    headers: headersOf(mail, email),
    tags: mail.tags,
    metadata: Object.fromEntries(Object.entries(mail.metadata).filter(([name]) => name !== mailIdKey)),
  };
}

/** postal-mime ends each text with a line break, which it need not have had. */
function bodyOf(text: string): string {
  return text.replace(/\n$/, "");
}

function headersOf(mail: CaughtMail, { headers }: Email): Readonly<Record<string, string>> {
  const kept = new Map<string, string>();
  const seen = new Set<string>();
  for (const { originalKey: name, key, value: written } of headers) {
    const value = decodeWords(written);
    if (seen.has(key) || trace.test(key) || steering.test(key) || !isTaken(name, value)) continue;
    seen.add(key);
    kept.set(name, value);
  }
  const original = mail.envelope.to.join(", ");
  kept.set("X-Original-To", original.length > maxOriginal ? `${mail.envelope.to.length} recipients` : original);
  return Object.fromEntries(kept);
}

/** Core alone knows which headers an app may write. */
function isTaken(name: string, value: string): boolean {
  try {
    prepareMessage({ from: "a@example.com", to: "a@example.com", text: "", headers: { [name]: value } });
    return true;
  } catch {
    return false;
  }
}

function attachmentOf(part: Part): Attachment {
  const { content, filename, mimeType, disposition, contentId } = part;
  return {
    content: typeof content === "string" ? content : new Uint8Array(content),
    contentType: mimeType,
    ...(filename !== null && { filename }),
    disposition: disposition === "inline" || (disposition === null && part.related) ? "inline" : "attachment",
    ...(contentId !== undefined && { contentId: contentId.replace(/^<|>$/g, "") }),
  };
}

function textOf({ content }: Part): string {
  return typeof content === "string" ? content : new TextDecoder().decode(content);
}
