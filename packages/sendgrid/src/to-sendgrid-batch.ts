import { type BatchRecipient, type BatchRequest, mailIdKey, renderSegments, splitBatchHeaders } from "@mail/core";
import type { SendgridPersonalization, SendgridRequest } from "./sendgrid-request.ts";
import { SubstitutionTags } from "./substitution-tags.ts";
import { encodeHeaders, type SendgridRequestOptions, sharedFields, toRecipient } from "./to-sendgrid-request.ts";

/**
 * Writes a mail merge as the body of `POST /v3/mail/send`, with a personalization for each recipient.
 * @throws MailError `invalid_message` or `unsupported` with the field
 */
export async function toSendgridBatch(batch: BatchRequest, options: SendgridRequestOptions): Promise<SendgridRequest> {
  const { mail, recipients } = batch;
  const tags = new SubstitutionTags();
  const texts = {
    text: mail.text === undefined ? undefined : tags.write(mail.text, "values"),
    html: mail.html === undefined ? undefined : tags.write(mail.html, "htmlValues"),
  };
  const headers = splitBatchHeaders(batch);
  return {
    ...(await sharedFields(mail, texts, options)),
    headers: encodeHeaders(headers.shared),
    personalizations: recipients.map((recipient): SendgridPersonalization => {
      const subject = renderSegments(mail.subject, recipient.values);
      const substitutions = tags.substitutionsFor(recipient);
      return {
        to: [toRecipient(recipient.to)],
        ...(subject !== "" && { subject }),
        headers: encodeHeaders(headers.own.get(recipient) ?? {}),
        custom_args: { ...recipient.metadata, [mailIdKey]: recipient.id },
        ...(Object.keys(substitutions).length > 0 && { substitutions }),
        ...templateDataOf(batch, recipient),
      };
    }),
  };
}

function templateDataOf(
  { mail: { template } }: BatchRequest,
  { templateData }: BatchRecipient,
): Pick<SendgridPersonalization, "dynamic_template_data"> {
  return template === undefined ? {} : { dynamic_template_data: templateData ?? template.data };
}
