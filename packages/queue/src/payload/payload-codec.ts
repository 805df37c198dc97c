import { randomBytes } from "node:crypto";
import { invalidField, MailError, type PreparedAttachment, type PreparedMessage } from "@mail/core";
import type { BlobStore } from "./blob-store.ts";
import { joinBody, splitBody } from "./mail-body.ts";
import type { PayloadCipher } from "./payload-cipher.ts";
import { blobFailure, damagedPayload, unreadablePayload } from "./payload-error.ts";
import { fromFrame, toFrame } from "./payload-frame.ts";
import { readableAttachment, type StoredAttachment } from "./stored-attachment.ts";

export interface CodecOptions {
  readonly blobs: BlobStore | undefined;
  /** Attachments of more bytes go to the blob store. */
  readonly blobFromBytes: number;
  readonly cipher: PayloadCipher | undefined;
}

/** A mail as bytes, and the names of its attachments in the blob store. */
export interface EncodedMail {
  readonly payload: Buffer;
  readonly blobs: readonly string[];
}

/** Turns mails into bytes that survive this process, and back. Streams are read here, once. */
export class PayloadCodec {
  readonly #options: CodecOptions;

  constructor(options: CodecOptions) {
    this.#options = options;
  }

  /** @throws MailError `invalid_message` for what cannot be kept; `unavailable` where the blob store cannot be reached */
  async encode(mail: PreparedMessage): Promise<EncodedMail> {
    const { date, sendAt: _when, idempotencyKey: _key, attachments, ...fields } = mail;
    requireJson(mail.providerOptions, "providerOptions");
    requireJson(mail.template?.data, "template.data");
    const stored: StoredAttachment[] = [];
    const contents: Uint8Array[] = [];
    const blobs: string[] = [];
    try {
      for (const [index, attachment] of attachments.entries()) {
        const bytes = await attachment.bytes();
        const described = describe(attachment, bytes.byteLength);
        if (this.#options.blobs === undefined || bytes.byteLength <= this.#options.blobFromBytes) {
          contents.push(bytes);
          stored.push(described);
        } else {
          // Not the same twice: what a second try leaves behind must not be taken from the first.
          const blob = `${mail.id}-${index}-${randomBytes(4).toString("hex")}`;
          blobs.push(blob);
          stored.push({ ...described, blob, ...(await this.#putBlob(this.#options.blobs, blob, bytes)) });
        }
      }
      const body = joinBody({ ...fields, date: date.getTime(), attachments: stored }, contents);
      return { payload: await toFrame(body, mail.id, this.#options.cipher), blobs };
    } catch (thrown) {
      await this.forget(blobs).catch(() => undefined);
      throw thrown;
    }
  }

  /** @throws MailError `invalid_message` where it is damaged, `configuration` where this queue lacks a key or is too old */
  async decode(id: string, payload: Uint8Array): Promise<PreparedMessage> {
    const { mail, contents } = splitBody(await fromFrame(payload, id, this.#options.cipher));
    if (mail.id !== id) throw damagedPayload("it is another mail");
    let offset = 0;
    const attachments = mail.attachments.map((stored) => {
      if (stored.blob !== undefined) return readableAttachment(stored, () => this.#readBlob(stored));
      const content = contents.subarray(offset, offset + stored.size);
      offset += stored.size;
      return readableAttachment(stored, () => [content]);
    });
    if (offset !== contents.byteLength) throw damagedPayload("its attachments are cut");
    return Object.freeze({ ...mail, date: new Date(mail.date), attachments });
  }

  get blobs(): BlobStore | undefined {
    return this.#options.blobs;
  }

  /** Lets go of blobs. @throws MailError `unavailable` */
  async forget(blobs: readonly string[]): Promise<void> {
    if (blobs.length === 0) return;
    try {
      await this.#options.blobs?.delete(blobs);
    } catch (thrown) {
      throw blobFailure("removed from", thrown);
    }
  }

  async #putBlob(blobs: BlobStore, name: string, bytes: Uint8Array): Promise<{ readonly keyId?: string }> {
    const { cipher } = this.#options;
    const content = cipher === undefined ? bytes : cipher.encrypt(bytes, name);
    try {
      await blobs.put(name, oneChunk(content));
    } catch (thrown) {
      throw blobFailure("kept in", thrown);
    }
    return cipher === undefined ? {} : { keyId: cipher.keyId };
  }

  async *#readBlob({ blob = "", keyId, size }: StoredAttachment): AsyncGenerator<Uint8Array> {
    const { blobs, cipher } = this.#options;
    if (blobs === undefined) {
      const hint = "Give createQueue the same `blobs` in every process.";
      throw unreadablePayload("blobs", "its attachments are in a blob store, and the queue has none", hint);
    }
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of blobs.get(blob)) chunks.push(chunk);
    } catch (thrown) {
      throw MailError.is(thrown) ? thrown : blobFailure("read from", thrown);
    }
    const content = Buffer.concat(chunks);
    if (keyId === undefined && content.byteLength !== size) throw damagedPayload("an attachment was cut");
    if (keyId === undefined) yield content;
    else if (cipher !== undefined) yield cipher.decrypt(keyId, content, blob);
    else
      throw unreadablePayload(
        "encryption",
        "its attachments are encrypted",
        "Give createQueue the same `encryption` in every process.",
      );
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function describe(
  { filename, contentType, contentId, disposition }: PreparedAttachment,
  size: number,
): StoredAttachment {
  return {
    ...(filename !== undefined && { filename }),
    contentType,
    ...(contentId !== undefined && { contentId }),
    disposition,
    size,
  };
}

/** Refuses what JSON would leave out or change in silence. */
function requireJson(value: unknown, field: string): void {
  if (value === undefined || value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number" && Number.isFinite(value)) return;
  const isList = Array.isArray(value);
  const isPlain = typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value));
  if (!isList && !isPlain) {
    throw invalidField(field, "cannot be kept in a queue", "Use text, numbers, booleans, lists and plain objects.");
  }
  for (const [key, item] of Object.entries(value as object))
    requireJson(item, isList ? `${field}[${key}]` : `${field}.${key}`);
}
