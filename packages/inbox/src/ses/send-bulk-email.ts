import type { Address } from "@mail/core";
import { ApiRefusal } from "../api/api-answer.ts";
import { composeMail } from "../api/compose-mail.ts";
import { elements, field, type JsonObject, parseJson, textField } from "../api/json-value.ts";
import type { ApiCall } from "../api/provider-api.ts";
import { isRefusedAlone } from "../faults/address-faults.ts";
import { notVerified } from "../faults/api-refusals.ts";
import { readEmailTags } from "./email-tags.ts";
import { messageIdHeader, newSesMessageId } from "./message-ids.ts";
import {
  checkRecipientCount,
  type Destination,
  readDestination,
  readFrom,
  readReplyTo,
  recipientCount,
  recipientsOf,
} from "./read-envelope.ts";
import { readHeaders } from "./read-headers.ts";
import { checkSize } from "./send-email.ts";
import { overrideHeaders, readTemplated, renderTemplated, type TemplatedContent, toComposedMail } from "./ses-mail.ts";
import { badRequest, signingKey } from "./ses-provider.ts";
import { joinTemplateData, readTemplateData } from "./template.ts";

/** What became of one entry. */
type EntryResult =
  | { readonly Status: "SUCCESS"; readonly MessageId: string }
  | { readonly Status: "INVALID_PARAMETER" | "MESSAGE_REJECTED"; readonly Error: string };

/** What all entries share. */
interface Bulk {
  readonly from: Address;
  readonly replyTo: readonly Address[];
  readonly content: TemplatedContent;
  readonly data: JsonObject;
  readonly tags: Readonly<Record<string, string>>;
}

/** `SendBulkEmail`: one mail for each entry, results in their order. @throws ApiRefusal */
export async function sendBulkEmail(body: JsonObject, call: ApiCall): Promise<readonly EntryResult[]> {
  const template = field(body["DefaultContent"], "Template");
  const entries = elements(body["BulkEmailEntries"]);
  const from = readFrom(body);
  if (from === undefined) throw badRequest("FromEmailAddress is missing.");
  if (template === undefined) throw badRequest("DefaultContent must have a Template.");
  if (entries.length === 0) throw badRequest("BulkEmailEntries must have at least one entry.");
  checkRecipientCount(entries.reduce((sum: number, entry) => sum + recipientCount(field(entry, "Destination")), 0));
  const bulk: Bulk = {
    from,
    replyTo: readReplyTo(body),
    content: readTemplated(template),
    data: readTemplateData(field(template, "TemplateData")),
    tags: readEmailTags(body["DefaultEmailTags"]),
  };
  const results: EntryResult[] = [];
  for (const entry of entries) results.push(await sendEntry(entry, bulk, call));
  return results;
}

/** A fault of one entry is the result of that entry alone. */
async function sendEntry(entry: unknown, bulk: Bulk, call: ApiCall): Promise<EntryResult> {
  try {
    const destination = readDestination(field(entry, "Destination"));
    const refused = recipientsOf(destination).find(isRefusedAlone);
    if (refused !== undefined) return { Status: "MESSAGE_REJECTED", Error: notVerified(refused) };
    return { Status: "SUCCESS", MessageId: await catchEntry(entry, destination, bulk, call) };
  } catch (thrown) {
    if (!(thrown instanceof ApiRefusal)) throw thrown;
    const message = textField(parseJson(thrown.answer.body ?? ""), "message") ?? "";
    return { Status: "INVALID_PARAMETER", Error: message };
  }
}

async function catchEntry(entry: unknown, destination: Destination, bulk: Bulk, call: ApiCall): Promise<string> {
  const { hub, inbox, caught, receivedAt, headers } = call;
  const { from, replyTo, content } = bulk;
  const id = newSesMessageId(receivedAt);
  const { to, cc } = destination;
  if (recipientsOf(destination).length === 0) throw badRequest("Destination must have at least one recipient.");
  const replacement = field(field(entry, "ReplacementEmailContent"), "ReplacementTemplate");
  const parts = renderTemplated(
    { ...content, headers: overrideHeaders(content.headers, readHeaders(field(entry, "ReplacementHeaders"))) },
    joinTemplateData(bulk.data, readTemplateData(field(replacement, "ReplacementTemplateData"))),
  );
  const ids = { messageId: messageIdHeader(id, signingKey(headers)?.region ?? "us-east-1"), date: receivedAt };
  const tags = readEmailTags(field(entry, "ReplacementTags"));
  const source = await composeMail(toComposedMail(parts, { from, to, cc, replyTo }, ids));
  checkSize(source);
  await hub.catchMail({
    via: "ses",
    inbox,
    envelope: { from: from.address, to: recipientsOf(destination) },
    source,
    providerId: id,
    metadata: { ...bulk.tags, ...tags },
    request: caught,
  });
  return id;
}
