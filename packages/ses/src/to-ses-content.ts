import type { EmailContent } from "@aws-sdk/client-sesv2";
import { encodeHeaderValue, MailError, type PreparedMessage } from "@mail/core";
import type { AttachedFile } from "./attached-file.ts";
import { type Obstacle, obstaclesToSimple } from "./content-form.ts";
import { toRawMessage } from "./to-raw-message.ts";

/** The mail as SES puts it together itself where it can, as a stored template, or as raw MIME. */
export async function toSesContent(mail: PreparedMessage, files: readonly AttachedFile[]): Promise<EmailContent> {
  if (mail.template !== undefined) return { Template: template(mail, mail.template, files) };
  const obstacles = obstaclesToSimple(mail);
  if (obstacles.length > 0) return { Raw: { Data: await toRawMessage(mail, files) } };
  return {
    Simple: {
      Subject: { Data: encodeHeaderValue(mail.subject), Charset: "UTF-8" },
      Body: {
        ...(mail.text && { Text: { Data: mail.text, Charset: "UTF-8" } }),
        ...(mail.html && { Html: { Data: mail.html, Charset: "UTF-8" } }),
      },
      ...headersAndAttachments(mail, files),
    },
  };
}

export type Extras = Pick<NonNullable<EmailContent["Simple"]>, "Headers" | "Attachments">;

export function toMessageHeaders(headers: PreparedMessage["headers"]): { Name: string; Value: string }[] {
  return Object.entries(headers).map(([Name, value]) => ({ Name, Value: encodeHeaderValue(value) }));
}

export function headersAndAttachments(
  { headers }: Pick<PreparedMessage, "headers">,
  files: readonly AttachedFile[],
): Extras {
  const written = toMessageHeaders(headers);
  return {
    ...(written.length > 0 && { Headers: written }),
    ...(files.length > 0 && {
      Attachments: files.map(({ filename, contentType, contentId, disposition, bytes }, index) => ({
        RawContent: bytes,
        FileName: filename ?? `attachment-${index + 1}`,
        ContentType: contentType,
        ContentDisposition: disposition === "inline" ? "INLINE" : "ATTACHMENT",
        ContentTransferEncoding: "BASE64",
        ...(contentId !== undefined && { ContentId: contentId }),
      })),
    }),
  };
}

export type Template = NonNullable<EmailContent["Template"]>;
type Reference = NonNullable<PreparedMessage["template"]>;

/** The subject is the template's own. */
function template(mail: PreparedMessage, { id, data }: Reference, files: readonly AttachedFile[]): Template {
  const obstacles = obstaclesToSimple({ ...mail, subject: "" });
  if (obstacles.length > 0) throw besideTemplate(obstacles);
  return {
    ...templateName(id),
    TemplateData: templateData(data),
    ...headersAndAttachments(mail, files),
  };
}

export function templateName(id: string): Pick<Template, "TemplateArn" | "TemplateName"> {
  return id.startsWith("arn:") ? { TemplateArn: id } : { TemplateName: id };
}

export function templateData(data: Readonly<Record<string, unknown>>): string {
  try {
    return JSON.stringify(data);
  } catch (cause) {
    throw new MailError("template.data: cannot be written as JSON", {
      code: "invalid_message",
      field: "template.data",
      hint: "Use texts, numbers, lists and plain objects.",
      cause,
    });
  }
}

function besideTemplate(obstacles: readonly Obstacle[]): MailError {
  const fields = obstacles.map(({ field }) => field).join(", ");
  const problems = obstacles.map(({ field, problem }) => `${field} ${problem}`).join("; ");
  return new MailError(`${fields}: cannot go with a template of SES: ${problems}`, {
    code: "unsupported",
    field: fields,
    hint: `Leave out ${fields}, or send the mail without a template.`,
  });
}
