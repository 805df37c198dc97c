import type { PreparedAttachment } from "@mail/core";

/** An attachment that has been read. */
export interface AttachedFile
  extends Pick<PreparedAttachment, "filename" | "contentType" | "contentId" | "disposition"> {
  readonly bytes: Uint8Array;
}

/** Reads one after the other, so that large files are not all open at once. @throws MailError `invalid_message` */
export async function readAttachments(attachments: readonly PreparedAttachment[]): Promise<readonly AttachedFile[]> {
  const files: AttachedFile[] = [];
  for (const attachment of attachments) {
    const { filename, contentType, contentId, disposition } = attachment;
    files.push({
      contentType,
      disposition,
      ...(filename !== undefined && { filename }),
      ...(contentId !== undefined && { contentId }),
      bytes: await attachment.bytes(),
    });
  }
  return files;
}
