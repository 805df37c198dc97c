import {
  type BatchMail,
  formatAddress,
  invalidField,
  MailError,
  mailIdKey,
  type PreparedAttachment,
  type PreparedMessage,
} from "@mail/core";
import { maxMailBytes, maxOptionBytes } from "./mailgun-features.ts";
import { toMailgunParameters, yesOrNo } from "./mailgun-provider-options.ts";
import type { MailgunFile, MailgunRequest } from "./mailgun-request.ts";

export type Field = readonly [name: string, value: string];

/**
 * Writes a mail as Mailgun's form (API reference, "Send an email"); reads the attachments, sends nothing.
 * @throws MailError `invalid_message` or `message_too_large` with the field
 */
export async function toMailgunRequest(mail: PreparedMessage, testMode: boolean): Promise<MailgunRequest> {
  const options = optionFields(mail, testMode);
  refuseLargeOptions(options);
  return {
    fields: [
      ["from", formatAddress(mail.from)],
      ...(["to", "cc", "bcc"] as const).flatMap((name) => mail[name].map((one): Field => [name, formatAddress(one)])),
      ...contentFields(mail, mail),
      ...options,
    ],
    files: await toFiles(mail, mail),
  };
}

/** Texts as they stand in the form. */
export interface MailgunTexts {
  readonly subject: string;
  readonly text?: string | undefined;
  readonly html?: string | undefined;
}

export function contentFields(
  { template, amp }: Pick<PreparedMessage, "template" | "amp">,
  { subject, text, html }: MailgunTexts,
): readonly Field[] {
  return [
    // a template may bring its own subject
    ...when(template === undefined || subject !== "", ["subject", subject]),
    ...when(text !== undefined, ["text", text ?? ""]),
    ...when(html !== undefined, ["html", html ?? ""]),
    ...when(amp !== undefined, ["amp-html", amp ?? ""]),
    ...when(template !== undefined, ["template", template?.id ?? ""]),
  ];
}

export function optionFields(mail: PreparedMessage, testMode: boolean): readonly Field[] {
  return [
    ...settingFields(mail, testMode),
    ["h:Message-Id", mail.messageId],
    ...Object.entries(mail.headers).map(([name, value]): Field => [`h:${name}`, value]),
    [`v:${mailIdKey}`, mail.id],
    ...Object.entries(mail.metadata).map(([key, value]): Field => [`v:${key}`, value]),
  ];
}

/** What all recipients of a request share. */
export function settingFields(mail: PreparedMessage | BatchMail, testMode: boolean): readonly Field[] {
  const { sendAt, tracking, sender, replyTo, template } = mail;
  const parameters = toMailgunParameters(mail.providerOptions.mailgun);
  const ownTestMode = parameters.some(([name]) => name === "o:testmode");
  return [
    ...mail.tags.map((tag): Field => ["o:tag", tag]),
    ...when(sendAt !== undefined, ["o:deliverytime", rfc2822Date(sendAt ?? mail.date)]),
    ...when(tracking?.opens !== undefined, ["o:tracking-opens", yesOrNo(tracking?.opens === true)]),
    ...when(tracking?.clicks !== undefined, ["o:tracking-clicks", yesOrNo(tracking?.clicks === true)]),
    ...when(testMode && !ownTestMode, ["o:testmode", "yes"]),
    ...parameters,
    ...when(template !== undefined, ["t:variables", JSON.stringify(template?.data ?? {})]),
    ...when(sender !== undefined, ["h:Sender", formatAddress(sender ?? mail.from)]),
    ...when(replyTo.length > 0, ["h:Reply-To", replyTo.map(formatAddress).join(", ")]),
  ];
}

function when(wanted: boolean, field: Field): readonly Field[] {
  return wanted ? [field] : [];
}

/** RFC 5322 section 3.3, in whole seconds and never earlier than `date`. */
function rfc2822Date(date: Date): string {
  return new Date(Math.ceil(date.getTime() / 1000) * 1000).toUTCString().replace("GMT", "+0000");
}

/** Reads the attachments. @throws MailError `message_too_large` where the mail is, too, with them */
export async function toFiles(
  { attachments, amp }: Pick<PreparedMessage, "attachments" | "amp">,
  { text, html }: MailgunTexts,
): Promise<readonly MailgunFile[]> {
  const files: MailgunFile[] = [];
  for (const attachment of attachments) files.push(await toFile(attachment, html));
  refuseLargeMail([text, html, amp], files);
  return files;
}

async function toFile(attachment: PreparedAttachment, html: string | undefined): Promise<MailgunFile> {
  const { contentType, contentId, disposition, filename } = attachment;
  const shown = contentId !== undefined && (html?.includes(`cid:${contentId}`) ?? false);
  const content = await attachment.bytes();
  if (disposition === "inline" || shown)
    return { name: "inline", filename: contentId ?? filename ?? "inline", contentType, content };
  return { name: "attachment", filename: filename ?? "attachment", contentType, content };
}

/** Bytes that count towards Mailgun's limit. */
export function optionBytes(fields: readonly Field[]): number {
  return fields.reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value), 0);
}

export function refuseLargeOptions(fields: readonly Field[]): void {
  const bytes = optionBytes(fields);
  if (bytes <= maxOptionBytes) return;
  const sizeOf = (prefix: string): number =>
    fields.reduce((sum, [name, value]) => sum + (name.startsWith(prefix) ? Buffer.byteLength(value) : 0), 0);
  const sizes: Record<string, number> = {
    headers: sizeOf("h:"),
    metadata: sizeOf("v:"),
    "template.data": sizeOf("t:"),
  };
  const field = Object.keys(sizes).reduce((one, other) => ((sizes[other] ?? 0) > (sizes[one] ?? 0) ? other : one));
  throw invalidField(
    field,
    `options, headers, metadata and template data have ${bytes} bytes, and Mailgun takes ${maxOptionBytes} in all`,
    "Shorten them; large data stays at home under an id.",
  );
}

/** Streams have no size before they are read, so the core could not see it. */
function refuseLargeMail(bodies: readonly (string | undefined)[], files: readonly MailgunFile[]): void {
  const bodyBytes = bodies.reduce((sum, body) => sum + Buffer.byteLength(body ?? ""), 0);
  const bytes = files.reduce((sum, { content }) => sum + Math.ceil(content.byteLength / 3) * 4, bodyBytes);
  if (bytes <= maxMailBytes) return;
  throw new MailError(`attachments: the mail has about ${bytes} bytes, and Mailgun takes ${maxMailBytes}`, {
    code: "message_too_large",
    field: "attachments",
    hint: "Send a link instead of the file.",
  });
}
