import type { PreparedAttachment, PreparedMessage } from "@mail/core";
import type { SentAttachment, SentMail } from "./sent-mail.ts";

/** Reads all attachments. @throws MailError `invalid_message` with the field, when one cannot be read */
export function readAttachments(attachments: readonly PreparedAttachment[]): Promise<readonly SentAttachment[]> {
  return Promise.all(attachments.map(readAttachment));
}

async function readAttachment(attachment: PreparedAttachment): Promise<SentAttachment> {
  const { filename, contentType, contentId, disposition } = attachment;
  const content = Uint8Array.from(await attachment.bytes());
  return Object.freeze(
    Object.defineProperty(
      {
        ...(filename !== undefined && { filename }),
        contentType,
        ...(contentId !== undefined && { contentId }),
        disposition,
        content,
        text: "",
      },
      "text",
      { get: () => new TextDecoder().decode(content), enumerable: false },
    ),
  );
}

/** Copies a mail; attachments are copies already. */
export function toSentMail(mail: PreparedMessage, attachments: readonly SentAttachment[]): SentMail {
  const { attachments: _, ...rest } = mail;
  return Object.freeze({ ...copy(rest, new Map()), attachments: Object.freeze(attachments) });
}

/** Copies dates, bytes, lists and plain objects, frozen; anything else, such as a client or a function, stays itself. */
function copy<T>(value: T, seen: Map<unknown, unknown>): T;
function copy(value: unknown, seen: Map<unknown, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  if (value instanceof Date) return new Date(value);
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    seen.set(value, list);
    for (const item of value) list.push(copy(item, seen));
    return Object.freeze(list);
  }
  if (!isPlain(value)) return value;
  const object: Record<string, unknown> = {};
  seen.set(value, object);
  for (const [key, item] of Object.entries(value)) define(object, key, copy(item, seen));
  return Object.freeze(object);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Sets a key even if it is `__proto__`. */
function define(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}
