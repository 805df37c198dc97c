import { randomBytes } from "node:crypto";
import { domainOf } from "../caught-address.ts";
import type { CaughtMail } from "../caught-mail.ts";
import { headerParameters } from "../mailgun/header-parameters.ts";
import type { MailgunLegacyVariant } from "./mailgun-legacy-variants.ts";
import { mailgunSignature } from "./mailgun-signature.ts";
import { type ReportedEvent, withoutBrackets } from "./reported-event.ts";

type Field = readonly [name: string, value: string];

const ofReaders: ReadonlySet<string> = new Set(["opened", "clicked", "unsubscribed"]);

/**
 * The form of one post, which tells of one recipient. Variables of the mail stand between the event's own fields, and
 * where both have one name, it stands twice: the event's first, save for the signature, which comes last.
 */
export function mailgunLegacyEvent(
  { legacy, fields = {} }: MailgunLegacyVariant,
  { mail, action, at, link }: ReportedEvent,
  { recipient, signingKey }: { readonly recipient: string; readonly signingKey: string },
): string {
  const { timestamp, token, signature } = mailgunSignature(signingKey, at);
  const variables = Object.entries(mail.metadata).filter(([name]) => name !== "message-headers");
  const form: readonly Field[] = [
    ["event", legacy],
    ["recipient", recipient],
    ["domain", sendingDomain(mail)],
    ...Object.entries(fields),
    ...(action === "click" ? [["url", link] as const] : []),
    ...(ofReaders.has(legacy) ? fieldsOfReaders(mail) : fieldsOfDelivery(mail, recipient)),
    ...variables,
    ["timestamp", timestamp],
    ["token", token],
    ["signature", signature],
  ];
  return String(new URLSearchParams(form.map(([name, value]): [string, string] => [name, value])));
}

/** Events about readers know no headers. */
function fieldsOfReaders({ tags, messageId, providerId }: CaughtMail): readonly Field[] {
  return [...tags.map((tag): Field => ["tag", tag]), ["message-id", withoutBrackets(messageId ?? providerId)]];
}

function fieldsOfDelivery(mail: CaughtMail, recipient: string): readonly Field[] {
  const { tags, messageId, providerId, attachments } = mail;
  const sid = Buffer.from(JSON.stringify([hex(), recipient, hex()])).toString("base64");
  return [
    ["message-headers", JSON.stringify([["X-Mailgun-Sid", sid], ...headersOf(mail)])],
    ["X-Mailgun-Sid", sid],
    ...tags.map((tag): Field => ["X-Mailgun-Tag", tag]),
    ["Message-Id", messageId ?? `<${providerId}>`],
    ...(attachments.length === 0 ? [] : [["attachment-count", String(attachments.length)] as const]),
  ];
}

/** A media type stands as Mailgun's parser had it: apart from its parameters. */
function headersOf({ headers, metadata }: CaughtMail): readonly (readonly [string, unknown])[] {
  const variables = JSON.stringify(metadata);
  return [
    ...(variables === "{}" ? [] : [["X-Mailgun-Variables", variables] as const]),
    ...headers
      .filter(({ name }) => name.toLowerCase() !== "x-mailgun-variables")
      .map(({ name, value }) => [name, /^content-type$/i.test(name) ? mediaType(value) : value] as const),
  ];
}

function mediaType(value: string): readonly unknown[] {
  return [value.split(";", 1)[0]?.trim(), Object.fromEntries(headerParameters(value))];
}

/** The one in the path of the request. */
function sendingDomain({ request, envelope }: CaughtMail): string {
  return /^\/v3\/([^/?]+)\//.exec(request?.path ?? "")?.[1] ?? domainOf(envelope.from);
}

function hex(): string {
  return randomBytes(3).toString("hex");
}
