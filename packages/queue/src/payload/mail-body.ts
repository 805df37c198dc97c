import type { PreparedMessage } from "@mail/core";
import { damagedPayload } from "./payload-error.ts";
import type { StoredAttachment } from "./stored-attachment.ts";

type Fields = Omit<PreparedMessage, "attachments" | "date" | "sendAt" | "idempotencyKey">;

/** A mail without its attachments' content, as JSON. */
export interface MailJson extends Fields {
  readonly date: number;
  readonly attachments: readonly StoredAttachment[];
}

/** A body: the length of the JSON in four bytes, the JSON, then the attachments' bytes one after the other. */
export function joinBody(mail: MailJson, contents: readonly Uint8Array[]): Buffer {
  const json = JSON.stringify(mail);
  const jsonBytes = Buffer.byteLength(json);
  const contentBytes = contents.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const body = Buffer.allocUnsafe(4 + jsonBytes + contentBytes);
  let offset = body.writeUInt32BE(jsonBytes);
  offset += body.write(json, offset);
  for (const content of contents) {
    body.set(content, offset);
    offset += content.byteLength;
  }
  return body;
}

/** @throws MailError `invalid_message` for a body that was cut or changed */
export function splitBody(body: Buffer): { readonly mail: MailJson; readonly contents: Buffer } {
  try {
    const end = 4 + body.readUInt32BE(0);
    const mail = JSON.parse(body.subarray(4, end).toString()) as MailJson;
    return { mail, contents: body.subarray(end) };
  } catch {
    // The parser's error quotes the mail.
    throw damagedPayload("its fields cannot be read");
  }
}
