import type { PreparedMessage } from "@mail/core";
import { attachmentPart } from "./attachment-part.ts";
import type { EncodedAttachments } from "./encoded-attachments.ts";
import { joinPieces, type MailBytes } from "./join-pieces.ts";
import { headerBlock } from "./mime-headers.ts";
import type { MimePart } from "./mime-node.ts";
import { mimeTree } from "./mime-tree.ts";
import { textPart } from "./text-part.ts";
import { writeMail } from "./write-mail.ts";

/**
 * Composes a mail: few large buffers, lines of at most 998 bytes ended by CRLF, in ASCII but for addresses that are not.
 * At once where it has no attachments. Attachments that are large are read while the mail is sent.
 * @throws MailError `invalid_message` when an attachment cannot be read
 */
export function composeMail(
  mail: PreparedMessage,
  encoded: EncodedAttachments,
  encodeText: typeof textPart = textPart,
): MailBytes | Promise<MailBytes> {
  if (mail.attachments.length === 0) return compose(mail, [], encodeText);
  return composeWithAttachments(mail, encoded, encodeText);
}

async function composeWithAttachments(
  mail: PreparedMessage,
  encoded: EncodedAttachments,
  encodeText: typeof textPart,
): Promise<MailBytes> {
  const parts = await Promise.allSettled(mail.attachments.map((attachment) => attachmentPart(attachment, encoded)));
  const read = parts.filter((part) => part.status === "fulfilled").map(({ value }) => value);
  const failed = parts.find((part) => part.status === "rejected");
  if (failed === undefined) return compose(mail, read, encodeText);
  for (const { body } of read) if (!Buffer.isBuffer(body)) body.release?.();
  throw failed.reason;
}

function compose(mail: PreparedMessage, attachments: readonly MimePart[], encodeText: typeof textPart): MailBytes {
  return joinPieces(writeMail(headerBlock(mail), mimeTree(mail, attachments, encodeText), mail.id));
}
