import { randomBytes } from "node:crypto";
import { formatAddress } from "@mail/core";
import { receivedBy } from "../api/header.ts";
import { isObject, parseJson } from "../api/json-value.ts";
import { mailboxesOf } from "../api/mailboxes.ts";
import type { ApiCall } from "../api/provider-api.ts";
import { amendHeaders, changeBytes, headerValues, utf8Bytes } from "../api/raw-mime.ts";
import { replaceBounded } from "../api/replace-bounded.ts";
import { valueText } from "../api/value-text.ts";
import { copiesOf, filled, providerHeaders } from "./catch-messages.ts";
import { firstValue, type MailgunForm } from "./mailgun-form.ts";
import type { MailgunSettings } from "./mailgun-mail.ts";
import { invalid } from "./mailgun-provider.ts";
import { badAddress } from "./read-settings.ts";

/** A request to `/messages.mime`, checked. */
export interface MailgunMime extends MailgunSettings {
  readonly source: Uint8Array;
  readonly from: string;
  /** With `<>`; `undefined` where the source has none. */
  readonly messageId: string | undefined;
}

/** @throws ApiRefusal in Mailgun's words */
export function readMime(form: MailgunForm, settings: MailgunSettings): MailgunMime {
  const source = sourceOf(form);
  const [header] = headerValues(source, "from");
  if (header === undefined) throw invalid("from parameter is missing");
  const [from] = mailboxesOf(header) ?? [];
  if (from === undefined) throw badAddress("from");
  const [messageId] = headerValues(source, "message-id");
  return {
    ...settings,
    tags: [...settings.tags, ...headerValues(source, "x-mailgun-tag")],
    variables: { ...variablesOf(source), ...settings.variables },
    source,
    from: from.address,
    messageId: /^<[^<>\s]+>$/.exec(messageId ?? "")?.[0],
  };
}

/** A file, as the API reference asks for; Mailgun's SDK for Node sends a text as a plain field. */
function sourceOf(form: MailgunForm): Uint8Array {
  const file = form.files.find(({ field }) => field === "message");
  const text = firstValue(form, "message");
  if (file !== undefined) return file.content;
  if (text === undefined) throw invalid("message parameter is missing");
  return Buffer.from(text);
}

/** Variables that stand in the source (user manual, "Attaching data to messages"). */
function variablesOf(source: Uint8Array): Readonly<Record<string, string>> {
  const objects = headerValues(source, "x-mailgun-variables").map(parseJson).filter(isObject);
  return Object.fromEntries(
    objects.flatMap((values) => Object.entries(values).map(([name, value]) => [name, valueText(value)])),
  );
}

/** Catches the mails of a request to `/messages.mime`. */
export async function catchMime(mime: MailgunMime, messageId: string, call: ApiCall): Promise<void> {
  const { hub, inbox, caught, receivedAt } = call;
  for (const { to, fill } of copiesOf(mime)) {
    const variables = filled(mime.variables, fill);
    const alone = mime.recipientVariables !== undefined;
    const source = amendHeaders(
      alone ? changeBytes(mime.source, (text) => fillBytes(text, fill)) : mime.source,
      [
        "bcc",
        "x-mailgun-variables",
        "x-mailgun-tag",
        "x-mailgun-recipient-variables",
        "message-id",
        ...(alone ? ["to"] : []),
      ],
      [
        receivedBy(call.param("domain"), randomBytes(7).toString("hex"), receivedAt),
        ...providerHeaders({ ...mime, variables }),
        { name: "Message-Id", value: messageId },
        ...(alone ? to.map((recipient) => ({ name: "To", value: formatAddress(recipient) })) : []),
      ],
    );
    await hub.catchMail({
      via: "mailgun",
      inbox,
      domain: call.param("domain"),
      envelope: { from: mime.from, to: to.map(({ address }) => address) },
      source,
      providerId: messageId.replace(/^<|>$/g, ""),
      tags: mime.tags,
      metadata: variables,
      sendAt: mime.deliverAt,
      request: caught,
    });
  }
}

/** Fills a text whose characters are bytes; placeholders within base64 and quoted-printable stay. */
function fillBytes(text: string, fill: (text: string) => string): string {
  return replaceBounded(text, /%recipient[^%\s]{0,200}%/g, (written) => {
    const placeholder = Buffer.from(written, "latin1").toString("utf8");
    const value = fill(placeholder);
    return value === placeholder ? written : utf8Bytes(value);
  });
}
