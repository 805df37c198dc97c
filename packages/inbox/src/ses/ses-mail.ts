import { encodeHeaderValue, escapeHtml } from "@mail/core";
import type { ComposedFile, ComposedMail } from "../api/compose-mail.ts";
import { describeTemplate, problemHeader, templateHeader } from "../api/describe-template.ts";
import type { Header } from "../api/header.ts";
import { field, type JsonObject, textField } from "../api/json-value.ts";
import { readAttachments } from "./read-attachments.ts";
import { readHeaders } from "./read-headers.ts";
import { badRequest } from "./ses-provider.ts";
import { readTemplate, renderTemplate, type SesTemplate } from "./template.ts";

/** The forms of a mail, whoever gets it. */
export interface SesContent {
  readonly subject: string;
  readonly text: string | undefined;
  readonly html: string | undefined;
  readonly headers: readonly Header[];
  readonly attachments: readonly ComposedFile[];
}

/** `Simple`. @throws ApiRefusal */
export function readSimple(value: unknown): SesContent {
  const body = field(value, "Body");
  const subject = textField(field(value, "Subject"), "Data");
  const [text, html] = ["Text", "Html"].map((part) => textField(field(body, part), "Data"));
  if (subject === undefined) throw badRequest("Message subject is missing.");
  if (text === undefined && html === undefined) throw badRequest("Message body must have a text part or an HTML part.");
  return {
    subject,
    text,
    html,
    headers: readHeaders(field(value, "Headers")),
    attachments: readAttachments(field(value, "Attachments")),
  };
}

/** A template with its headers and attachments, to be rendered for each recipient. */
export interface TemplatedContent {
  readonly template: SesTemplate;
  readonly headers: readonly Header[];
  readonly attachments: readonly ComposedFile[];
}

/** `Template`. @throws ApiRefusal */
export function readTemplated(value: unknown): TemplatedContent {
  return {
    template: readTemplate(value),
    headers: readHeaders(field(value, "Headers")),
    attachments: readAttachments(field(value, "Attachments")),
  };
}

/** The mail of a template for one recipient. What SES would take and then not send is caught with the reason. */
export function renderTemplated({ template, headers, attachments }: TemplatedContent, data: JsonObject): SesContent {
  const { stored } = template;
  if (stored !== undefined) {
    const text = describeTemplate(stored, data);
    return {
      subject: `Template ${stored}`,
      text,
      html: `<pre>${escapeHtml(text)}</pre>`,
      headers: [...headers, { name: templateHeader, value: encodeHeaderValue(stored) }],
      attachments,
    };
  }
  const render = (part: string | undefined) => (part === undefined ? undefined : renderTemplate(part, data));
  const [subject, text, html] = [render(template.subject), render(template.text), render(template.html)];
  const problems = new Set([subject, text, html].flatMap((part) => part?.problems ?? []));
  return {
    subject: subject?.text ?? "",
    text: text?.text,
    html: html?.text,
    headers: [
      ...headers,
      ...[...problems].map((problem) => ({
        name: problemHeader,
        value: encodeHeaderValue(`SES fails to render this mail and does not send it: ${problem}`),
      })),
    ],
    attachments,
  };
}

/** Headers of the entry go before those of the request. */
export function overrideHeaders(headers: readonly Header[], replacements: readonly Header[]): readonly Header[] {
  const replaced = new Set(replacements.map(({ name }) => name.toLowerCase()));
  return [...headers.filter(({ name }) => !replaced.has(name.toLowerCase())), ...replacements];
}

/** What is asked of a content: exactly one form. @throws ApiRefusal */
export function contentForm(content: unknown): "Raw" | "Simple" | "Template" {
  const given = (["Raw", "Simple", "Template"] as const).filter((form) => field(content, form) !== undefined);
  const [form] = given;
  if (form === undefined || given.length > 1)
    throw badRequest("Exactly one of Simple, Raw and Template must be specified in Content.");
  return form;
}

export function toComposedMail(
  content: SesContent,
  addresses: Pick<ComposedMail, "from" | "to" | "cc" | "replyTo">,
  ids: Pick<ComposedMail, "messageId" | "date">,
): ComposedMail {
  const feedback: Header = { name: "Feedback-ID", value: "::1.local.inbox:AmazonSES" };
  return { ...content, ...addresses, ...ids, headers: [feedback, ...content.headers] };
}
