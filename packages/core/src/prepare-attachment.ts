import { Readable } from "node:stream";
import mime from "mime/lite";
import type { Attachment, AttachmentContent, AttachmentStream, PreparedAttachment } from "./attachment.ts";
import { headerText, invalid, refuseUnknownFields, show } from "./invalid.ts";
import { MailError } from "./mail-error.ts";

const known = ["filename", "content", "encoding", "contentType", "contentId", "disposition"];
const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;\s*[\w!#$&^.+-]+=(?:[\w!#$&^.+'*%-]+|"[^"\\]*"))*$/;
const contentIdToken = /^[^\s<>"()\\]+$/;

/** Checks one attachment and gives it the shape that adapters read. @throws MailError `invalid_message` */
export function prepareAttachment(attachment: Attachment, index: number): PreparedAttachment {
  const field = `attachments[${index}]`;
  if ((typeof attachment !== "object" && typeof attachment !== "function") || attachment === null) {
    throw invalid(
      field,
      `is ${attachment === null ? "null" : typeof attachment}, not an attachment`,
      "Pass { filename, content }.",
    );
  }
  refuseUnknownFields(typeof attachment === "function" ? {} : attachment, known, `${field}.`);
  const { filename, contentId, disposition } = attachment;
  if (filename !== undefined) headerText(filename, `${field}.filename`);
  if (contentId !== undefined && !contentIdToken.test(headerText(contentId, `${field}.contentId`))) {
    throw invalid(
      `${field}.contentId`,
      `is no content id: ${show(contentId)}`,
      "Write it without <> and spaces, as after `cid:`.",
    );
  }
  if (disposition !== undefined && disposition !== "inline" && disposition !== "attachment") {
    throw invalid(`${field}.disposition`, `is ${show(disposition)}`, 'Use "inline" or "attachment".');
  }
  return new PreparedContent(attachment, openerOf(attachment, field), field);
}

function contentTypeOf({ filename, contentType, content }: Attachment, field: string): string {
  if (contentType !== undefined) {
    if (mediaType.test(headerText(contentType, `${field}.contentType`))) return contentType;
    throw invalid(
      `${field}.contentType`,
      `is no media type: ${show(contentType)}`,
      "Write it as type/subtype, such as application/pdf.",
    );
  }
  if (content instanceof Blob && content.type !== "") return content.type;
  const found = filename === undefined ? undefined : mime.getType(filename);
  if (found === undefined || found === null) return "application/octet-stream";
  return typeof content === "string" && found.startsWith("text/") ? `${found}; charset=utf-8` : found;
}

type Opened = string | Uint8Array | Blob | AttachmentStream;

interface Opener {
  readonly open: () => Opened | Promise<Opened>;
  readonly reopenable: boolean;
  readonly size?: number;
}

function openerOf({ content, encoding }: Attachment, attachmentField: string): Opener {
  const field = `${attachmentField}.content`;
  if (encoding !== undefined && encoding !== "base64") {
    throw invalid(`${attachmentField}.encoding`, `is ${show(encoding)}`, 'Use "base64", or leave it out.');
  }
  if (encoding === "base64" && typeof content !== "string") {
    throw invalid(
      `${attachmentField}.encoding`,
      "is given for content that is no string",
      "Leave `encoding` out: bytes are taken as they are.",
    );
  }
  if (typeof content === "string") {
    const bytes = encoding === "base64" ? decodeBase64(content, field) : Buffer.from(content, "utf8");
    return { open: () => bytes, reopenable: true, size: bytes.byteLength };
  }
  if (content instanceof Uint8Array) return { open: () => content, reopenable: true, size: content.byteLength };
  if (content instanceof Blob) return { open: () => content, reopenable: true, size: content.size };
  if (typeof content === "function") return { open: content, reopenable: true };
  if (isStream(content)) return { open: () => content, reopenable: false };
  throw invalid(
    field,
    `is ${content === null ? "null" : typeof content}`,
    "Pass a string, Uint8Array, Blob, stream, a function that opens one, or file(path).",
  );
}

function decodeBase64(text: string, field: string): Uint8Array {
  const compact = text.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.replace(/=+$/, "").length % 4 === 1) {
    throw invalid(
      field,
      "is not base64",
      'Leave `encoding` out for plain text, or encode the bytes with Buffer.from(…).toString("base64").',
    );
  }
  return Buffer.from(compact, "base64");
}

function isStream(value: unknown): value is AttachmentStream {
  return (
    typeof value === "object" && value !== null && (Symbol.asyncIterator in value || value instanceof ReadableStream)
  );
}

/** Reads content of any kind through one door, and remembers whether a bare stream has been used up. */
class PreparedContent implements PreparedAttachment {
  readonly filename?: string;
  readonly contentType: string;
  readonly contentId?: string;
  readonly disposition: "attachment" | "inline";
  readonly size?: number;
  readonly reopenable: boolean;
  readonly #opener: Opener;
  readonly #field: string;
  readonly #bare: AttachmentContent | undefined;
  #read = false;

  constructor(attachment: Attachment, opener: Opener, field: string) {
    const { filename, contentId, disposition, content } = attachment;
    if (filename !== undefined) this.filename = filename;
    this.contentType = contentTypeOf(attachment, field);
    if (contentId !== undefined) this.contentId = contentId;
    this.disposition = disposition ?? (contentId === undefined ? "attachment" : "inline");
    if (opener.size !== undefined) this.size = opener.size;
    this.reopenable = opener.reopenable;
    this.#opener = opener;
    this.#field = `${field}.content`;
    this.#bare = opener.reopenable ? undefined : content;
  }

  get readable(): boolean {
    if (this.#bare === undefined) return true;
    return !this.#read && !isUsed(this.#bare);
  }

  async *stream(): AsyncGenerator<Uint8Array, void, undefined> {
    if (!this.readable) {
      throw invalid(
        this.#field,
        "is a stream that has been read already",
        "Pass a function that opens the stream anew.",
      );
    }
    this.#read = true;
    try {
      yield* chunks(await this.#opener.open());
    } catch (cause) {
      if (MailError.is(cause)) throw cause;
      const reason = cause instanceof Error ? cause.message : String(cause);
      const hint = "Check that the file or stream is there and readable when the mail is sent.";
      throw new MailError(`${this.#field}: cannot be read: ${reason}`, {
        code: "invalid_message",
        field: this.#field,
        hint,
        cause,
      });
    }
  }

  async bytes(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const part of this.stream()) parts.push(part);
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  }
}

function isUsed(content: AttachmentContent): boolean {
  if (content instanceof ReadableStream)
    return content.locked || Readable.isDisturbed(content as typeof content & NodeJS.ReadableStream);
  return typeof content === "object" && "readableDidRead" in content && content.readableDidRead === true;
}

async function* chunks(opened: Opened): AsyncGenerator<Uint8Array, void, undefined> {
  if (typeof opened === "string") yield Buffer.from(opened, "utf8");
  else if (opened instanceof Uint8Array) yield opened;
  else if (opened instanceof Blob) yield* chunks(opened.stream());
  else if (isStream(opened)) {
    for await (const chunk of opened as AsyncIterable<unknown>) {
      if (typeof chunk === "string") yield Buffer.from(chunk, "utf8");
      else if (chunk instanceof Uint8Array) yield chunk;
      else throw new TypeError(`the stream gave ${typeof chunk} instead of bytes`);
    }
  } else throw new TypeError(`the function gave ${opened === null ? "null" : typeof opened} instead of content`);
}
