import { type Address, escapeHtml } from "@mail/core";
import type { ComposedMail } from "../api/compose-mail.ts";
import { describeTemplate, problemHeader, templateHeader } from "../api/describe-template.ts";
import { type Header, receivedBy } from "../api/header.ts";
import { isDynamicTemplate, type MailSend, type Personalization } from "./mail-send.ts";
import { substitute } from "./substitute.ts";

const host = "geopod-ismtpd-0";
/** Content that has a place of its own in a mail; any other is one more alternative. */
const bodies: Readonly<Record<string, "text" | "html" | "amp">> = {
  "text/plain": "text",
  "text/html": "html",
  "text/x-amp-html": "amp",
};

/** The mail that SendGrid would make of one personalization. */
export function renderPersonalization(
  request: MailSend,
  one: Personalization,
  { messageId, date }: { readonly messageId: string; readonly date: Date },
): ComposedMail {
  const render = renderer(request, one);
  const headers = mergedHeaders(request.headers, one.headers);
  const ownId = headers.find(({ name }) => name.toLowerCase() === "message-id")?.value;
  return {
    from: one.from ?? request.from,
    to: one.to,
    cc: one.cc,
    replyTo: request.replyTo.map((mailbox) => renderMailbox(mailbox, render)),
    subject: render(subjectOf(request, one)),
    messageId: ownId ?? `<${messageId}@${host}>`,
    date,
    headers: [
      receivedBy(`${host} (SG)`, messageId, date),
      ...headers.filter(({ name }) => name.toLowerCase() !== "message-id"),
      ...(request.templateId === undefined ? [] : [{ name: templateHeader, value: request.templateId }]),
      ...one.brokenNames.map((name) => ({
        name: problemHeader,
        value: `SendGrid drops this mail: the name ${name} has , or ; and is not in quotes.`,
      })),
    ],
    ...bodiesOf(request, one, render),
    attachments: request.attachments,
  };
}

type Render = (text: string) => string;

/** Substitution values may name sections. */
function renderer({ sections }: MailSend, { substitutions }: Personalization): Render {
  const values = Object.fromEntries(
    Object.entries(substitutions).map(([tag, value]) => [tag, substitute(value, sections)]),
  );
  return (text) => substitute(text, values);
}

function renderMailbox({ name, address }: Address, render: Render): Address {
  return name === undefined ? { address: render(address) } : { name: render(name), address: render(address) };
}

/** A dynamic template brings its own subject, commonly by a variable of that name. */
function subjectOf({ subject, templateId }: MailSend, one: Personalization): string {
  const data = one.templateData?.["subject"];
  if (isDynamicTemplate(templateId) && typeof data === "string") return data;
  return one.subject ?? subject ?? `Template ${templateId}`;
}

function mergedHeaders(...groups: readonly Readonly<Record<string, string>>[]): readonly Header[] {
  const merged = new Map<string, Header>();
  for (const [name, value] of groups.flatMap((group) => Object.entries(group)))
    merged.set(name.toLowerCase(), { name, value });
  return [...merged.values()];
}

type Bodies = Pick<ComposedMail, "text" | "html" | "amp" | "alternatives">;

function bodiesOf({ content, templateId, footer }: MailSend, one: Personalization, render: Render): Bodies {
  if (templateId !== undefined && (content.length === 0 || isDynamicTemplate(templateId)))
    return described(templateId, one);
  const found: { text?: string; html?: string; amp?: string } = {};
  const alternatives: { contentType: string; content: string }[] = [];
  for (const { type, value } of content) {
    const place = bodies[type.toLowerCase().split(";", 1)[0]?.trim() ?? ""];
    if (place === undefined || found[place] !== undefined)
      alternatives.push({ contentType: type, content: render(value) });
    else found[place] = render(value);
  }
  if (footer !== undefined && found.text !== undefined) found.text += footer.text;
  if (footer !== undefined && found.html !== undefined) found.html += footer.html;
  return { ...found, alternatives };
}

function described(templateId: string, { templateData, substitutions }: Personalization): Bodies {
  const text = describeTemplate(templateId, templateData ?? substitutions);
  return { text, html: `<pre>${escapeHtml(text)}</pre>` };
}
