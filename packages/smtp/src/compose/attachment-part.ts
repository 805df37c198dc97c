import type { PreparedAttachment } from "@mail/core";
import { contentOf } from "./attachment-content.ts";
import { base64LinesLength } from "./base64-lines.ts";
import { base64LinesOf } from "./base64-stream.ts";
import type { EncodedAttachments } from "./encoded-attachments.ts";
import { dispositionWithName, typeWithName } from "./file-name.ts";
import type { MimePart } from "./mime-node.ts";

/** @throws MailError `invalid_message` when the content cannot be read */
export async function attachmentPart(attachment: PreparedAttachment, encoded: EncodedAttachments): Promise<MimePart> {
  const { filename, contentType, contentId, disposition } = attachment;
  return {
    fields: [
      ["Content-Type", filename === undefined ? contentType : typeWithName(contentType, filename)],
      ["Content-Disposition", filename === undefined ? disposition : dispositionWithName(disposition, filename)],
      ...(contentId === undefined ? [] : [["Content-ID", `<${contentId}>`] as const]),
    ],
    encoding: "base64",
    body: await bodyOf(attachment, encoded),
  };
}

async function bodyOf(attachment: PreparedAttachment, encoded: EncodedAttachments): Promise<MimePart["body"]> {
  const content = await contentOf(attachment);
  if (content instanceof Uint8Array) return encoded.encode(content);
  const { size, open } = content;
  return {
    ...content,
    size: size === undefined ? undefined : base64LinesLength(size),
    open: (buffers) => base64LinesOf(open(), buffers),
  };
}
