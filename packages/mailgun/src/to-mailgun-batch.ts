import {
  type BatchRecipient,
  type BatchRequest,
  encodeHeaderValue,
  formatAddress,
  mailIdKey,
  type PreparedMessage,
  type Segments,
  splitBatchHeaders,
} from "@mail/core";
import { maxOptionBytes } from "./mailgun-features.ts";
import type { MailgunRequest } from "./mailgun-request.ts";
import { hasPlaceholder, RecipientVariables } from "./recipient-variables.ts";
import {
  contentFields,
  type Field,
  type MailgunTexts,
  optionBytes,
  optionFields,
  refuseLargeOptions,
  settingFields,
  toFiles,
} from "./to-mailgun-request.ts";

/**
 * Writes a mail merge as Mailgun's form (user manual, "Batch sending"): with recipient variables, each recipient gets a
 * mail that shows their address alone. All of them have the Message-ID that Mailgun answers.
 * @throws MailError `invalid_message` or `message_too_large` with the field
 */
export async function toMailgunBatch({ mail, recipients }: BatchRequest, testMode: boolean): Promise<MailgunRequest> {
  const variables = new RecipientVariables(recipients);
  const write = (segments: Segments | undefined, kind: "values" | "htmlValues"): string | undefined =>
    segments?.map((segment) => textOf(segment, kind)).join("");
  const textOf = (segment: Segments[number], kind: "values" | "htmlValues"): string =>
    typeof segment === "string"
      ? variables.literal(segment)
      : placeholderOf(segment.name, segment.raw ? "values" : kind);
  const placeholderOf = (name: string, kind: "values" | "htmlValues"): string =>
    variables.each(`${kind} ${name}`, ({ [kind]: values }) => values[name] ?? "");
  const texts: MailgunTexts = {
    subject: write(mail.subject, "values") ?? "",
    text: write(mail.text, "values"),
    html: write(mail.html, "htmlValues"),
  };
  const options = [...settingFields(mail, testMode), ...variedFields({ mail, recipients }, variables)];
  refuseLargeOptions(options);
  return {
    fields: [
      ["from", formatAddress(mail.from)],
      ...recipients.map(({ to }): Field => ["to", formatAddress(to)]),
      ...contentFields(mail, texts),
      ...options,
      ["recipient-variables", variables.toJson()],
    ],
    files: await toFiles(mail, texts),
  };
}

/** Headers and metadata, whose names all recipients have in common (`features.batch.uniform`). */
function variedFields(batch: BatchRequest, variables: RecipientVariables): readonly Field[] {
  const { shared, own } = splitBatchHeaders(batch);
  const [first] = batch.recipients;
  if (first === undefined) return [];
  return [
    ...Object.entries(shared).map(
      ([name, value]): Field => [
        `h:${name}`,
        hasPlaceholder(value) ? variables.each(`h:${name}`, () => encodeHeaderValue(value)) : value,
      ],
    ),
    ...Object.keys(own.get(first) ?? {}).map((name): Field => {
      const readFrom = (recipient: BatchRecipient): string => encodeHeaderValue(own.get(recipient)?.[name] ?? "");
      return [`h:${name}`, variables.each(`h:${name}`, readFrom)];
    }),
    [`v:${mailIdKey}`, variables.each(`v:${mailIdKey}`, ({ id }) => id)],
    ...Object.keys(first.metadata).map((key): Field => {
      return [`v:${key}`, variables.each(`v:${key}`, ({ metadata }) => metadata[key] ?? "")];
    }),
  ];
}

/** Whether a mail can be one of many: what is not merged must not look like a placeholder of Mailgun's. */
export function fitsMailgunBatch(mail: PreparedMessage, { templateData }: BatchRecipient, testMode: boolean): boolean {
  // All have the template's variables in common.
  if (mail.template !== undefined && templateData !== undefined) return false;
  const { to, from, amp, attachments, metadata } = mail;
  const unmerged = [
    ...[...to, from].map(formatAddress),
    amp,
    ...attachments.flatMap(({ filename, contentId }) => [filename, contentId]),
    ...settingFields(mail, testMode).map(([, value]) => value),
    ...Object.keys(mail.headers),
    ...Object.keys(metadata),
  ];
  if (unmerged.some((text) => text !== undefined && hasPlaceholder(text))) return false;
  return optionBytes(optionFields(mail, testMode)) <= maxOptionBytes;
}
