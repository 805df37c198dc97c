import { invalidField, type PreparedAttachment } from "@mail/core";
import type { SendgridAttachment } from "./sendgrid-request.ts";

/** Reads an attachment and encodes it. @throws MailError `invalid_message` where it cannot be read or is empty */
export async function toSendgridAttachment(attachment: PreparedAttachment, index: number): Promise<SendgridAttachment> {
  const { contentId, disposition } = attachment;
  const bytes = await attachment.bytes();
  if (bytes.byteLength === 0) {
    // Mail Send reference, "Errors": the content must be at least one character long.
    throw invalidField(
      `attachments[${index}].content`,
      "is empty",
      "SendGrid takes no empty attachments: leave it out.",
    );
  }
  const type = mediaTypeOf(attachment);
  return {
    content: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64"),
    type,
    filename: attachment.filename || defaultName(type, index),
    disposition,
    ...(contentId !== undefined && { content_id: contentId }),
  };
}

/** SendGrid refuses `;` in a type, so its parameters stay behind. */
function mediaTypeOf({ contentType }: PreparedAttachment): string {
  return contentType.split(";", 1)[0]?.trim() ?? contentType;
}

/** SendGrid insists on a name. A short subtype such as pdf or png makes a usable ending. */
function defaultName(type: string, index: number): string {
  const ending = /\/([a-z0-9]{2,4})$/i.exec(type)?.[1]?.toLowerCase();
  return `attachment-${index + 1}${ending === undefined ? "" : `.${ending}`}`;
}
