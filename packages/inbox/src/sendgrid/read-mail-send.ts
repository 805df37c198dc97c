import { ApiRefusal } from "../api/api-answer.ts";
import { elements, field, isObject, type JsonObject, textField } from "../api/json-value.ts";
import type { RequestAddresses } from "../api/provider-api.ts";
import { showJson } from "../api/show-json.ts";
import { Complaints } from "./complaints.ts";
import type { MailSend } from "./mail-send.ts";
import { readAttachments } from "./read-attachments.ts";
import { readCategories, readCustomArgs, readHeaders, readSendAt } from "./read-common-fields.ts";
import { readContent } from "./read-content.ts";
import { readPersonalizations } from "./read-personalizations.ts";
import { readFooter, readSandboxMode, readSettings } from "./read-settings.ts";
import { complaintAnswer } from "./sendgrid-provider.ts";

const fromExample =
  '{"email" : "example@example.com"}  or {"email" : "example@example.com", "name" : "Example Recipient"}';
const fromMissing = `The from object must be provided for every email send. It is an object that requires the email parameter, but may also contain a name parameter.  e.g. ${fromExample}.`;
const subjectEmpty = "The subject of your email must be a string at least one character in length.";
const subjectMissing =
  "The subject is required. You can get around this requirement if you use a template with a subject defined or if every personalization has a subject defined.";
const maxReplyTo = 1000;

/** Checks a request as SendGrid does (Mail Send reference, "Errors"). @throws ApiRefusal 400 with all that is wrong */
export function readMailSend(body: JsonObject, now: Date): MailSend {
  const complaints = new Complaints();
  const templateId = complaints.text(
    body["template_id"],
    "template_id",
    `The template ID must be a string, you provided ${showJson(body["template_id"])}.`,
  );
  const headers = readHeaders(body["headers"], "headers", complaints);
  const customArgs = readCustomArgs(body["custom_args"], "custom_args", complaints);
  const personalizations = readPersonalizations(body["personalizations"], { templateId, customArgs, now }, complaints);
  const email = field(body["from"], "email");
  const from =
    email === undefined || email === ""
      ? complaints.add("from.email", fromMissing, "from")
      : complaints.mailbox(body["from"], "from", "from", "from");
  const replyTo = readReplyTo(body, complaints);
  const subject = complaints.text(body["subject"], "subject", subjectEmpty);
  if (
    body["subject"] === undefined &&
    templateId === undefined &&
    personalizations.some((one) => one.subject === undefined)
  )
    complaints.add("subject", subjectMissing);
  const content = readContent(body["content"], templateId, complaints);
  const attachments = readAttachments(body["attachments"], complaints);
  const sections = complaints.texts(body["sections"], "sections", "The section values must be strings.");
  const categories = readCategories(body["categories"], complaints);
  const sendAt = readSendAt(body["send_at"], "send_at", now, complaints);
  readSettings(body, complaints);
  if (from === undefined || complaints.list.length > 0) throw new ApiRefusal(complaintAnswer(400, complaints.list));
  return {
    personalizations,
    from,
    replyTo,
    subject,
    content,
    attachments,
    templateId,
    sections,
    headers,
    categories,
    customArgs,
    sendAt,
    sandbox: readSandboxMode(body),
    footer: readFooter(body),
  };
}

function readReplyTo(body: JsonObject, complaints: Complaints): MailSend["replyTo"] {
  const { reply_to: one, reply_to_list: list } = body;
  if (one !== undefined && list !== undefined)
    complaints.add("reply_to_list", "You cannot use both reply_to and reply_to_list.", "reply_to");
  if (list !== undefined && (!Array.isArray(list) || list.length === 0 || list.length > maxReplyTo))
    complaints.add("reply_to_list", "The reply_to_list must be an array of 1 to 1000 email objects.", "reply_to");
  const single = one === undefined ? [] : [complaints.mailbox(one, "reply_to", "reply_to")];
  const several = elements(list).map((entry, index) =>
    complaints.mailbox(entry, `reply_to_list.${index}`, "reply_to", "reply_to"),
  );
  const emails = several.flatMap((known) => (known === undefined ? [] : [known.address.toLowerCase()]));
  if (new Set(emails).size < emails.length)
    complaints.add("reply_to_list", "Each email address in reply_to_list must be unique.", "reply_to");
  return [...single, ...several].filter((known) => known !== undefined);
}

/** Addresses of a request that may be wrong in every way. */
export function addressesOf(body: JsonObject): RequestAddresses {
  const to = elements(body["personalizations"]).flatMap((one) =>
    ["to", "cc", "bcc"].flatMap((name) => elements(field(one, name)).map((entry) => textField(entry, "email"))),
  );
  return {
    from: isObject(body["from"]) ? textField(body["from"], "email") : undefined,
    to: to.filter((email) => email !== undefined),
  };
}
