import { randomBytes } from "node:crypto";
import { type Address, escapeHtml } from "@mail/core";
import { composeMail } from "../api/compose-mail.ts";
import { describeTemplate } from "../api/describe-template.ts";
import { type Header, receivedBy } from "../api/header.ts";
import type { ApiCall } from "../api/provider-api.ts";
import type { MailgunSettings } from "./mailgun-mail.ts";
import type { MailgunMessage } from "./read-message.ts";
import { type Fill, fillFor } from "./recipient-variables.ts";

/** One copy: for all recipients together, or for one of a batch with the values filled in. */
export interface Copy {
  readonly to: readonly Address[];
  readonly fill: Fill;
}

/** The copies that Mailgun makes: with recipient variables, each recipient in `to` gets one and sees nobody else. */
export function copiesOf({ to, recipientVariables }: MailgunSettings): readonly Copy[] {
  if (recipientVariables === undefined) return [{ to, fill: (text) => text }];
  return to.map((recipient) => ({ to: [recipient], fill: fillFor(recipient, recipientVariables) }));
}

/** Catches the mails of a request to `/messages`. */
export async function catchMessage(message: MailgunMessage, messageId: string, call: ApiCall): Promise<void> {
  const { from, cc, bcc } = message;
  for (const { to, fill } of copiesOf(message)) {
    const { hub, inbox, caught, receivedAt } = call;
    const variables = filled(message.variables, fill);
    const source = await composeMail({
      from,
      to,
      cc,
      replyTo: message.replyTo,
      subject: fill(message.subject || subjectOfTemplate(message)),
      messageId,
      date: receivedAt,
      headers: [
        receivedBy(call.param("domain"), randomBytes(7).toString("hex"), receivedAt),
        ...providerHeaders({ ...message, variables }),
        ...message.headers.map(({ name, value }) => ({ name, value: fill(value) })),
      ],
      ...bodiesOf(message, fill),
      attachments: message.files,
    });
    await hub.catchMail({
      via: "mailgun",
      inbox,
      domain: call.param("domain"),
      envelope: { from: from.address, to: [...to, ...cc, ...bcc].map(({ address }) => address) },
      source,
      providerId: messageId.replace(/^<|>$/g, ""),
      tags: message.tags,
      metadata: variables,
      sendAt: message.deliverAt,
      request: caught,
    });
  }
}

export function filled(variables: Readonly<Record<string, string>>, fill: Fill): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, fill(value)]));
}

/** Headers in which Mailgun writes what it was told (user manual, "Attaching data to messages"). */
export function providerHeaders({
  variables,
  tags,
  testMode,
}: Pick<MailgunSettings, "variables" | "tags" | "testMode">): readonly Header[] {
  return [
    ...(Object.keys(variables).length === 0 ? [] : [{ name: "X-Mailgun-Variables", value: JSON.stringify(variables) }]),
    ...tags.map((tag) => ({ name: "X-Mailgun-Tag", value: tag })),
    ...(testMode ? [{ name: "X-Mailgun-Drop-Message", value: "yes" }] : []),
  ];
}

function subjectOfTemplate({ template }: MailgunMessage): string {
  return template === undefined ? "" : `Template ${template.name}`;
}

function bodiesOf(message: MailgunMessage, fill: Fill): { text?: string; html?: string; amp?: string } {
  const { template, text, html, amp } = message;
  if (template !== undefined) {
    const described = fill(describeTemplate(template.name, template.variables));
    return { text: text === undefined ? described : fill(text), html: `<pre>${escapeHtml(described)}</pre>` };
  }
  return {
    ...(text !== undefined && { text: fill(text) }),
    ...(html !== undefined && { html: fill(html) }),
    ...(amp !== undefined && { amp: fill(amp) }),
  };
}
