import type { Address } from "@mail/core";
import type { ComposedFile } from "../api/compose-mail.ts";
import type { Header } from "../api/header.ts";
import { isObject, parseJson } from "../api/json-value.ts";
import { type FormFile, firstValue, type MailgunForm, prefixed, valuesOf } from "./mailgun-form.ts";
import type { MailgunSettings } from "./mailgun-mail.ts";
import { invalid } from "./mailgun-provider.ts";
import { badAddress, readMailboxes, readMailgunSettings } from "./read-settings.ts";

/** A request to `/messages`, checked. */
export interface MailgunMessage extends MailgunSettings {
  readonly from: Address;
  readonly cc: readonly Address[];
  readonly bcc: readonly Address[];
  readonly replyTo: readonly Address[];
  readonly subject: string;
  readonly text: string | undefined;
  readonly html: string | undefined;
  readonly amp: string | undefined;
  readonly template: { readonly name: string; readonly variables: unknown } | undefined;
  /** With `<>`; `undefined` where Mailgun makes one. */
  readonly messageId: string | undefined;
  readonly headers: readonly Header[];
  readonly files: readonly ComposedFile[];
}

/** Headers that are made of other fields, or describe the MIME structure. */
const ownHeaders = /^(?:from|to|cc|bcc|subject|reply-to|message-id|mime-version|received|dkim-signature|content-.*)$/i;

/** Checks a form as Mailgun does (API reference, "Errors"). @throws ApiRefusal with the first fault */
export function readMessage(form: MailgunForm, now: Date): MailgunMessage {
  const from = readFrom(form);
  const settings = readMailgunSettings(form, now);
  const [text, html, amp] = (["text", "html", "amp-html"] as const).map((name) => firstValue(form, name));
  const template = firstValue(form, "template") || undefined;
  if ([text, html, amp, template].every((body) => body === undefined))
    throw invalid("Need at least one of 'text' or 'html' parameters specified");
  if (html !== undefined && template !== undefined)
    throw invalid("Only one parameters 'html' or 'template' is allowed");
  const headers = prefixed(form, "h:").map(([name, value]) => ({ name, value }));
  const bad = headers.find(({ name }) => !/^[!-9;-~]+$/.test(name));
  if (bad !== undefined) throw invalid(`Header name must be pure ASCII: ${bad.name}`);
  return {
    ...settings,
    from,
    cc: readMailboxes(form, "cc"),
    bcc: readMailboxes(form, "bcc"),
    replyTo: readReplyTo(headers),
    subject: firstValue(form, "subject") ?? "",
    text,
    html,
    amp,
    template: template === undefined ? undefined : { name: template, variables: templateVariables(form, settings) },
    messageId: readMessageId(headers),
    headers: headers.filter(({ name }) => !ownHeaders.test(name)),
    files: form.files.flatMap(toComposedFile),
  };
}

/** Inline files are named in HTML by their file's name (API reference, `inline`). */
function toComposedFile({ field, filename, contentType, content }: FormFile): readonly ComposedFile[] {
  if (field !== "attachment" && field !== "inline") return [];
  return [
    {
      filename: filename === "" ? undefined : filename,
      contentType: contentType || "application/octet-stream",
      disposition: field,
      contentId: field === "inline" && filename !== "" ? filename : undefined,
      content,
    },
  ];
}

function readFrom(form: MailgunForm): Address {
  if (valuesOf(form, "from").length === 0) throw invalid("from parameter is missing");
  const [from] = readMailboxes(form, "from");
  if (from === undefined) throw badAddress("from");
  return from;
}

function readReplyTo(headers: readonly Header[]): readonly Address[] {
  const lists = headers.filter(({ name }) => name.toLowerCase() === "reply-to").map(({ value }) => value);
  return readMailboxes({ fields: lists.map((value) => ["reply-to", value] as const), files: [] }, "reply-to");
}

function readMessageId(headers: readonly Header[]): string | undefined {
  const id = headers
    .find(({ name }) => name.toLowerCase() === "message-id")
    ?.value.trim()
    .replace(/^<|>$/g, "");
  return id === undefined || !/^[\x21-\x3b\x3d\x3f-\x7e]+$/.test(id) ? undefined : `<${id}>`;
}

/** `t:variables`, beside which all `v:` are known to the template as well. */
function templateVariables(form: MailgunForm, { variables }: MailgunSettings): unknown {
  const given = firstValue(form, "t:variables");
  if (given === undefined || given === "") return variables;
  const parsed = parseJson(given);
  if (!isObject(parsed)) throw invalid("'t:variables' parameter is not a valid JSON");
  return parsed;
}
