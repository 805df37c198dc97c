import type { SendgridRequest } from "./sendgrid-request.ts";

/** Fields of the request, as SendGrid names them in errors, and the message's fields behind them. */
const fields: readonly (readonly [pattern: RegExp, field: string])[] = [
  [/^from\b.*/, "from"],
  [/^reply_to(?:_list)?\b.*/, "replyTo"],
  [/^(?:personalizations\.\d+\.)?subject\b.*/, "subject"],
  [/^personalizations\.\d+\.dynamic_template_data\b.*/, "template.data"],
  [/^personalizations\.\d+\.custom_args\b.*/, "metadata"],
  [/^personalizations\.\d+\.substitutions\b.*/, "data"],
  [/^personalizations\.\d+\.headers\.(.+)/, "headers.$1"],
  [/^personalizations\.\d+\.headers$/, "headers"],
  [/^personalizations\b.*/, "to"],
  [/^attachments\.(\d+)\.type\b.*/, "attachments[$1].contentType"],
  [/^attachments\.(\d+)\.content_id\b.*/, "attachments[$1].contentId"],
  [/^attachments\.(\d+)\.(content|filename|disposition)\b.*/, "attachments[$1].$2"],
  [/^attachments\b.*/, "attachments"],
  [/^categories\.(\d+)\b.*/, "tags[$1]"],
  [/^categories\b.*/, "tags"],
  [/^custom_args\b.*/, "metadata"],
  [/^headers\.(.+)/, "headers.$1"],
  [/^headers$/, "headers"],
  [/^send_at\b.*/, "sendAt"],
  [/^template_id\b.*/, "template.id"],
  [/^(?:asm|batch_id|ip_pool_name|mail_settings|tracking_settings)\b.*/, "providerOptions.sendgrid"],
];

const bodies: Readonly<Record<string, string>> = {
  "text/plain": "text",
  "text/html": "html",
  "text/x-amp-html": "amp",
};

/** The message's field behind a field of the request; `undefined` where there is none. */
export function messageFieldOf(apiField: string, request: SendgridRequest): string | undefined {
  const recipient = /^personalizations\.\d+\.(to|cc|bcc)(?:\.(\d+))?\b/.exec(apiField);
  if (recipient !== null) {
    const [, list, position] = recipient;
    return position === undefined ? list : `${list}[${position}]`;
  }
  const content = /^content(?:\.(\d+))?\b/.exec(apiField);
  if (content !== null) {
    const type = request.content?.[Number(content[1] ?? 0)]?.type ?? "";
    return bodies[type] ?? (type.startsWith("text/calendar") ? "calendar" : "text");
  }
  const known = fields.find(([pattern]) => pattern.test(apiField));
  return known === undefined ? undefined : apiField.replace(known[0], known[1]);
}
