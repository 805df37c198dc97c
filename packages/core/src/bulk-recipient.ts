import type { AddressInput } from "./address.ts";
import type { BatchMail, BatchRecipient, Segments } from "./batch.ts";
import { headerText, invalid, refuseUnknownFields, requireObject } from "./invalid.ts";
import { dataNameOf, parseLinks, valueAt } from "./link-placeholders.ts";
import { MailError } from "./mail-error.ts";
import type { Message } from "./message.ts";
import { parseAddress } from "./parse-address.ts";
import { prepareIdempotencyKey, prepareTemplate } from "./prepare-fields.ts";
import { prepareHeaders, requireFoldable, requireHeaderText, withDerivedHeaders } from "./prepare-headers.ts";
import { prepareMetadata } from "./prepare-labels.ts";
import { messageIdFor, prepareMessage } from "./prepare-message.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import { escapeHtml, lookUp, parseTemplate, placeholderNames, readableText, renderSegments } from "./template.ts";
import { uuidv7 } from "./uuid-v7.ts";
import { kindOf } from "./value-text.ts";

/** One recipient of a mail merge. */
export interface BulkRecipient {
  readonly to: AddressInput;
  /** Values of the placeholders; nested ones by a path, such as `{{order.number}}`. Added to the data of a `template`. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  /** Added to the message's. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Added to the message's, or instead of those with the same name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly idempotencyKey?: string | undefined;
}

/** A checked mail merge: the mail split at its placeholders, and which of them it needs. */
export interface BulkTemplate {
  readonly mail: BatchMail;
  readonly names: readonly string[];
}

const perRecipient = ["to", "cc", "bcc", "idempotencyKey"] as const;

/** Checks the message of a mail merge. @throws MailError `invalid_message` */
export function prepareBulkTemplate(message: Message): BulkTemplate {
  for (const field of perRecipient) {
    if (message[field] === undefined) continue;
    throw invalid(
      field,
      "stands in the message of a mail merge",
      "Give it per recipient: sendBulk(message, [{ to, data }]). Each of them sees only their own address.",
    );
  }
  const { id, messageId, envelope, to, cc, bcc, idempotencyKey, subject, text, html, headers, ...shared } =
    prepareMessage({ ...message, to: "recipient@bulk.invalid" });
  for (const [index, { reopenable }] of shared.attachments.entries()) {
    if (reopenable) continue;
    throw invalid(
      `attachments[${index}].content`,
      "is a stream, which can be read for one mail only",
      "Pass a function that opens the stream anew.",
    );
  }
  const { "X-Mail-Id": _, ...constant } = headers;
  const mail: BatchMail = Object.freeze({
    ...shared,
    envelope: { from: envelope.from },
    subject: parseTemplate(subject, "subject"),
    ...(text !== undefined && { text: parseTemplate(text, "text") }),
    ...(html !== undefined && { html: parseTemplate(html, "html") }),
    headers: Object.fromEntries(
      Object.entries(constant).map(([name, value]): [string, Segments] => [
        name,
        name === "List-Unsubscribe" && shared.unsubscribe !== undefined
          ? parseLinks(value, "unsubscribe")
          : parseTemplate(value, `headers.${name}`),
      ]),
    ),
  });
  return { mail, names: placeholderNames(mail.subject, mail.text, mail.html, ...Object.values(mail.headers)) };
}

const knownFields = ["to", "data", "metadata", "headers", "idempotencyKey"];

/** Checks one recipient. @throws MailError `invalid_recipient` or `invalid_message` that names the field */
export function prepareBulkRecipient(template: BulkTemplate, recipient: BulkRecipient): BatchRecipient {
  try {
    return prepare(template, recipient);
  } catch (thrown) {
    if (MailError.is(thrown)) throw thrown;
    const hint = "Pass a plain object; a getter or a proxy in it failed.";
    const field = "recipient";
    throw new MailError(`${field}: cannot be read`, { code: "invalid_message", field, hint, cause: thrown });
  }
}

function prepare({ mail, names }: BulkTemplate, recipient: BulkRecipient): BatchRecipient {
  requireObject(recipient, "recipient", "Pass { to, data }.");
  refuseUnknownFields(recipient, knownFields, "");
  const id = uuidv7();
  const to = parseAddress(recipient.to, "to", "invalid_recipient");
  const { data = {}, metadata = {} } = recipient;
  requireObject(data, "data", "Write { name: value }.");
  requireObject(metadata, "metadata", "Write { name: value }.");
  const { values, htmlValues } = prepareValues(names, data);
  for (const name of placeholderNames(mail.subject, ...Object.values(mail.headers)))
    headerText(values[name], `data.${name}`);
  requireFoldable("Subject", renderSegments(mail.subject, values), "subject");
  for (const [name, segments] of Object.entries(mail.headers))
    requireHeaderText(name, renderSegments(segments, values), `headers.${name}`);
  return Object.freeze({
    id,
    messageId: messageIdFor(id, mail.from),
    to,
    values,
    htmlValues,
    headers: withDerivedHeaders(prepareHeaders(recipient.headers), { id }),
    metadata: recipient.metadata === undefined ? mail.metadata : prepareMetadata({ ...mail.metadata, ...metadata }),
    ...templateDataOf(mail, data),
    ...(recipient.idempotencyKey !== undefined && { idempotencyKey: prepareIdempotencyKey(recipient.idempotencyKey) }),
  });
}

function templateDataOf(
  { template }: BatchMail,
  data: Readonly<Record<string, unknown>>,
): Pick<BatchRecipient, "templateData"> {
  if (template === undefined || Object.keys(data).length === 0) return {};
  return { templateData: prepareTemplate({ ...template, data: { ...template.data, ...data } }).data };
}

function prepareValues(
  names: readonly string[],
  data: Readonly<Record<string, unknown>>,
): Pick<BatchRecipient, "values" | "htmlValues"> {
  const values = names.map((placeholder): [string, string] => {
    const name = dataNameOf(placeholder);
    const value = lookUp(data, name);
    const text = readableText(value);
    if (text === undefined) throw unreadable(name, value);
    return [placeholder, valueAt(placeholder, text.toWellFormed())];
  });
  const escaped = values.map(([name, value]) => [name, escapeHtml(value)]);
  return { values: Object.fromEntries(values), htmlValues: Object.fromEntries(escaped) };
}

function unreadable(name: string, value: unknown): MailError {
  const isObject = typeof value === "object" && value !== null;
  const kind = typeof value === "number" ? String(value) : kindOf(value);
  return invalid(
    `data.${name}`,
    value === undefined ? "is missing" : `is ${kind}, not a text, number or boolean`,
    `The message has {{${name}}}: ${isObject ? "write it as it shall be read, since only you know how." : "give its value in `data`."}`,
  );
}

/** The mail that one recipient of a batch gets, its placeholders filled in. */
export function renderBatchRecipient(mail: BatchMail, recipient: BatchRecipient): PreparedMessage {
  const { id, messageId, to, values, htmlValues, metadata, templateData, idempotencyKey } = recipient;
  const { subject, text, html, envelope, template, ...constant } = mail;
  return Object.freeze({
    ...constant,
    ...(template !== undefined && { template: { ...template, ...(templateData && { data: templateData }) } }),
    id,
    messageId,
    // A run may last for days.
    date: new Date(),
    envelope: { from: envelope.from, to: [to.address] },
    to: [to],
    cc: [],
    bcc: [],
    subject: renderSegments(subject, values),
    ...(text !== undefined && { text: renderSegments(text, values) }),
    ...(html !== undefined && { html: renderSegments(html, values, htmlValues) }),
    headers: renderBatchHeaders(mail, recipient),
    metadata,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
  });
}

/** The headers of one recipient's mail, placeholders filled in; the recipient's own go before the mail's. */
export function renderBatchHeaders(
  { headers: shared }: BatchMail,
  { headers, values }: BatchRecipient,
): PreparedMessage["headers"] {
  const own = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const rendered = Object.entries(shared)
    .filter(([name]) => !own.has(name.toLowerCase()))
    .map(([name, segments]) => [name, renderSegments(segments, values)]);
  return { ...Object.fromEntries(rendered), ...headers };
}
