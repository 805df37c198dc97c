import { composeMail } from "../api/compose-mail.ts";
import { field, type JsonObject } from "../api/json-value.ts";
import type { ApiCall } from "../api/provider-api.ts";
import { readEmailTags } from "./email-tags.ts";
import { messageIdHeader, newSesMessageId } from "./message-ids.ts";
import { readRawMail } from "./raw-mail.ts";
import { checkRecipientCount, readDestination, readFrom, readReplyTo, recipientsOf } from "./read-envelope.ts";
import { contentForm, readSimple, readTemplated, renderTemplated, toComposedMail } from "./ses-mail.ts";
import { badRequest, signingKey } from "./ses-provider.ts";
import { readTemplateData } from "./template.ts";

/** Largest mail, after base64 (SES developer guide, "Quotas"). */
const maxMailBytes = 40 * 1024 * 1024;

/** `SendEmail`: catches one mail, and gives its id. @throws ApiRefusal */
export async function sendEmail(body: JsonObject, call: ApiCall): Promise<string> {
  const { hub, inbox, caught, receivedAt } = call;
  const id = newSesMessageId(receivedAt);
  const messageId = messageIdHeader(id, signingKey(call.headers)?.region ?? "us-east-1");
  const tags = readEmailTags(body["EmailTags"]);
  const mail = await readMail(body, { messageId, date: receivedAt });
  if (mail.recipients.length === 0) throw badRequest("Destination must have at least one recipient.");
  checkRecipientCount(mail.recipients.length);
  checkSize(mail.source);
  await hub.catchMail({
    via: "ses",
    inbox,
    envelope: { from: mail.from, to: mail.recipients },
    source: mail.source,
    providerId: id,
    metadata: { ...mail.tags, ...tags },
    request: caught,
  });
  return id;
}

interface SesMail {
  readonly from: string;
  readonly recipients: readonly string[];
  readonly source: Uint8Array;
  /** Tags that stand in the mail itself. */
  readonly tags: Readonly<Record<string, string>>;
}

async function readMail(body: JsonObject, ids: { readonly messageId: string; readonly date: Date }): Promise<SesMail> {
  const content = body["Content"];
  const form = contentForm(content);
  const destination = readDestination(body["Destination"]);
  const from = readFrom(body);
  if (form === "Raw") return readRawMail(field(content, "Raw"), { from, recipients: recipientsOf(destination) }, ids);
  if (from === undefined) throw badRequest("FromEmailAddress is missing.");
  const template = field(content, "Template");
  const parts =
    form === "Simple"
      ? readSimple(field(content, "Simple"))
      : renderTemplated(readTemplated(template), readTemplateData(field(template, "TemplateData")));
  const { to, cc } = destination;
  return {
    from: from.address,
    recipients: recipientsOf(destination),
    source: await composeMail(toComposedMail(parts, { from, to, cc, replyTo: readReplyTo(body) }, ids)),
    tags: {},
  };
}

/** @throws ApiRefusal */
export function checkSize(source: Uint8Array): void {
  if (source.byteLength > maxMailBytes)
    throw badRequest(`Message length is more than ${maxMailBytes} bytes long: '${source.byteLength}'.`);
}
