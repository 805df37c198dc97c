import type { BulkEmailEntry, SendBulkEmailRequest } from "@aws-sdk/client-sesv2";
import {
  type BatchMail,
  type BatchRequest,
  encodeHeaderValue,
  type PreparedMessage,
  renderSegments,
  splitBatchHeaders,
} from "@mail/core";
import { readAttachments } from "./attached-file.ts";
import { obstaclesToSimple } from "./content-form.ts";
import { emailTags } from "./email-tags.ts";
import { InlineTemplate } from "./inline-template.ts";
import { sesAddress } from "./ses-address.ts";
import { sesProviderOptions } from "./ses-provider-options.ts";
import {
  headersAndAttachments,
  type Template,
  templateData,
  templateName,
  toMessageHeaders,
} from "./to-ses-content.ts";
import { refuseTooLarge, replyToOf, sharedFields } from "./to-ses-request.ts";

/** Maps a mail merge to SendBulkEmail; reads the attachments. @throws MailError before anything is sent */
export async function toSesBatch(
  batch: BatchRequest,
  configurationSetName: string | undefined,
): Promise<SendBulkEmailRequest> {
  const { mail, recipients } = batch;
  const headers = splitBatchHeaders(batch);
  const files = await readAttachments(mail.attachments);
  const { content, dataFor } = mail.template === undefined ? inlined(mail) : stored(mail.template);
  const template = { ...content, ...headersAndAttachments({ headers: headers.shared }, files) };
  refuseTooLarge({ Template: template });
  return {
    ...sharedFields(mail, configurationSetName),
    ...replyToOf(mail),
    DefaultContent: { Template: template },
    BulkEmailEntries: recipients.map((recipient): BulkEmailEntry => {
      const { id, to, metadata } = recipient;
      return {
        Destination: { ToAddresses: [sesAddress(to)] },
        ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: templateData(dataFor(recipient)) } },
        ReplacementHeaders: toMessageHeaders(headers.own.get(recipient) ?? {}),
        ReplacementTags: [...emailTags({ id, tags: mail.tags, metadata }).tags],
      };
    }),
  };
}

interface BatchContent {
  readonly content: Template;
  readonly dataFor: (recipient: BatchRequest["recipients"][number]) => Readonly<Record<string, unknown>>;
}

function inlined({ subject, text, html }: BatchMail): BatchContent {
  const template = new InlineTemplate();
  const [textPart, htmlPart] = [template.write(text ?? [], "values"), template.write(html ?? [], "htmlValues")];
  // Whole, since a subject that is not ASCII goes in encoded-words.
  const subjectPart = template.each("subject", ({ values }) => encodeHeaderValue(renderSegments(subject, values)));
  return {
    content: {
      TemplateContent: {
        Subject: subjectPart,
        ...(textPart !== "" && { Text: textPart }),
        ...(htmlPart !== "" && { Html: htmlPart }),
      },
      TemplateData: templateData(template.shared),
    },
    dataFor: (recipient) => template.dataOf(recipient),
  };
}

function stored({ id, data }: NonNullable<BatchMail["template"]>): BatchContent {
  return {
    // Nobody's data has gaps, into which SES would put what stands here, nested objects too.
    content: { ...templateName(id), TemplateData: templateData({}) },
    dataFor: ({ templateData: own = data }) => own,
  };
}

/** Longest `TemplateData` and `ReplacementTemplateData` (API reference of SES v2), less a link that a tracker may put in. */
const maxDataLength = 262_144 - 2_000;
/** Of the 1 MB that the developer guide gives an inline template. */
const maxTextLength = 450_000;

/** Whether a mail can be one of many in a request. */
export function fitsSesBatch(
  mail: PreparedMessage,
  { values, htmlValues }: BatchRequest["recipients"][number],
): boolean {
  const { template, text = "", html = "" } = mail;
  const written = JSON.stringify(template === undefined ? [text, html] : template.data);
  const data = JSON.stringify([values, htmlValues, mail.subject]);
  return (
    obstaclesToSimple(template === undefined ? mail : { ...mail, subject: "" }).length === 0 &&
    emailTags(mail).unfit.length === 0 &&
    sesProviderOptions(mail).listManagementOptions === undefined &&
    Buffer.byteLength(written) <= (template === undefined ? maxTextLength : maxDataLength) &&
    Buffer.byteLength(data) <= maxDataLength
  );
}
