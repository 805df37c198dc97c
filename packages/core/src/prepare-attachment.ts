import { Readable } from "node:stream";
import mime from "mime/lite";
import type { Attachment, AttachmentContent, AttachmentStream, PreparedAttachment } from "./attachment.ts";
import { pathOf, readInPlace, sizeOfFile } from "./file.ts";
import { headerText, invalid, refuseUnknownFields, show } from "./invalid.ts";
import { MailError } from "./mail-error.ts";
import { kindOf, textOf } from "./value-text.ts";

const known = ["filename", "content", "encoding", "contentType", "contentId", "disposition"];
/** RFC 6838 section 4.2 and RFC 2045 section 5.1; a container (`multipart/…`) is no attachment. */
const mediaType =
  /^(?!multipart\/)[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:[\t ]*;[\t ]*[\w!#$&^.+-]+=(?:[\w!#$&^.+'*%-]+|"[\x20!#-[\]-~]*"))*$/i;
/** Visible ASCII (RFC 2392 section 2), short enough for a header line. */
const contentIdToken = /^[!#-'*-;=?-[\]-~]{1,250}$/;

/** In a header line (RFC 5322 section 2.1.1), where neither can be folded. No file system takes as long a name. */
const maxParameterLength = 900;

/** Checks one attachment and gives it the shape that adapters read. @throws MailError `invalid_message` */
export function prepareAttachment(attachment: Attachment, index: number): PreparedAttachment {
  const field = `attachments[${index}]`;
  if (typeof attachment !== "function") refuseUnknownFields(attachment, known, `${field}.`);
  const { filename, content, encoding, contentType, contentId, disposition } = attachment;
  if (filename !== undefined && headerText(filename, `${field}.filename`) === "")
    throw invalid(`${field}.filename`, "is empty", "Give the file a name, or leave `filename` out.");
  for (const [name, value] of Object.entries({ filename, contentType })) {
    if (typeof value === "string" && value.length > maxParameterLength)
      throw invalid(`${field}.${name}`, `has ${value.length} characters`, `Shorten it to ${maxParameterLength}.`);
  }
  if (contentId !== undefined && !contentIdToken.test(headerText(contentId, `${field}.contentId`))) {
    throw invalid(
      `${field}.contentId`,
      `is no content id: ${show(contentId)}`,
      "Write it in ASCII, without <> and spaces, as after `cid:`.",
    );
  }
  if (disposition !== undefined && disposition !== "inline" && disposition !== "attachment") {
    throw invalid(`${field}.disposition`, `is ${show(disposition)}`, 'Use "inline" or "attachment".');
  }
  const checked = { filename, content, encoding, contentType, contentId, disposition };
  return new PreparedContent(checked, openerOf(checked, field), field);
}

function contentTypeOf({ filename, contentType, content, encoding }: Attachment, field: string): string {
  if (contentType !== undefined) {
    if (mediaType.test(headerText(contentType, `${field}.contentType`))) return contentType;
    throw invalid(
      `${field}.contentType`,
      `is no media type: ${show(contentType)}`,
      "Write it as type/subtype, such as application/pdf; a multipart has no place here.",
    );
  }
  if (content instanceof Blob && content.type.length <= maxParameterLength && mediaType.test(content.type))
    return content.type;
  const found = filename === undefined ? undefined : mime.getType(filename);
  if (found === undefined || found === null) return "application/octet-stream";
  return typeof content === "string" && encoding === undefined && found.startsWith("text/")
    ? `${found}; charset=utf-8`
    : found;
}

type Opened = string | Uint8Array | Blob | AttachmentStream;

interface Opener {
  readonly open: () => Opened | Promise<Opened>;
  readonly reopenable: boolean;
  readonly size?: number;
  readonly measure?: () => Promise<number | undefined>;
  /** Its chunks are written over. */
  readonly openInPlace?: () => AsyncIterable<Uint8Array>;
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
  if (typeof content === "function") return openerOfFunction(content);
  if (isStream(content)) return { open: () => content, reopenable: false };
  throw invalid(
    field,
    `is ${kindOf(content)}`,
    "Pass a string, Uint8Array, Blob, stream, a function that opens one, or file(path).",
  );
}

function openerOfFunction(open: () => Opened | Promise<Opened>): Opener {
  const path = pathOf(open);
  if (path === undefined) return { open, reopenable: true };
  return { open, measure: () => sizeOfFile(path), openInPlace: () => readInPlace(path), reopenable: true };
}

function decodeBase64(text: string, field: string): Uint8Array {
  const compact = text.replace(/\s+/g, "");
  if (!/^(?:[A-Za-z0-9+/]+={0,2})?$/.test(compact) || compact.replace(/=+$/, "").length % 4 === 1) {
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

/**
 * Streams that were read once, in whatever message they stood: a used-up generator gives nothing and says nothing, and
 * an empty file would go out.
 */
const readStreams = new WeakSet<object>();

/** Reads content of any kind through one door, and remembers whether a bare stream has been used up. */
class PreparedContent implements PreparedAttachment {
  declare readonly filename?: string;
  readonly contentType: string;
  declare readonly contentId?: string;
  readonly disposition: "attachment" | "inline";
  declare readonly size?: number;
  readonly reopenable: boolean;
  readonly #opener: Opener;
  readonly #field: string;
  readonly #content: AttachmentContent;
  readonly #bare: AttachmentStream | undefined;

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
    this.#content = content;
    this.#bare = isStream(content) ? content : undefined;
  }

  get readable(): boolean {
    return this.#bare === undefined || !isUsed(this.#bare);
  }

  async measure(): Promise<number | undefined> {
    try {
      return this.size ?? (await this.#opener.measure?.());
    } catch (cause) {
      throw this.#unreadable(cause);
    }
  }

  async *stream({ inPlace = false } = {}): AsyncGenerator<Uint8Array, void, undefined> {
    if (!this.readable) {
      throw invalid(
        this.#field,
        "is a stream that has been read already",
        "Pass a function that opens the stream anew.",
      );
    }
    if (this.#bare !== undefined) readStreams.add(this.#bare);
    try {
      const { open, openInPlace = open } = this.#opener;
      yield* chunks(await (inPlace ? openInPlace() : open()));
    } catch (cause) {
      throw this.#unreadable(cause);
    }
  }

  async bytes(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for await (const part of this.stream()) parts.push(part);
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  }

  static sourceOf(file: PreparedAttachment): unknown {
    if (!(file instanceof PreparedContent)) return file;
    const content = file.#content;
    const path = typeof content === "function" ? pathOf(content) : undefined;
    return path === undefined ? content : { path };
  }

  #unreadable(cause: unknown): MailError {
    if (MailError.is(cause)) return cause;
    const reason = cause instanceof Error ? cause.message : textOf(cause);
    const hint = "Check that the file or stream is there and readable when the mail is sent.";
    const field = this.#field;
    return new MailError(`${field}: cannot be read: ${reason}`, { code: "invalid_message", field, hint, cause });
  }
}

/** What an attachment is read from, without reading it: the content that the app gave, or the path of a file. */
export function sourceOf(attachment: PreparedAttachment): unknown {
  return PreparedContent.sourceOf(attachment);
}

function isUsed(content: AttachmentStream): boolean {
  if (readStreams.has(content)) return true;
  if (content instanceof ReadableStream)
    return content.locked || Readable.isDisturbed(content as typeof content & NodeJS.ReadableStream);
  return "readableDidRead" in content && content.readableDidRead === true;
}

async function* chunks(opened: Opened): AsyncGenerator<Uint8Array, void, undefined> {
  if (typeof opened === "string") yield Buffer.from(opened, "utf8");
  else if (opened instanceof Uint8Array) yield opened;
  else if (opened instanceof Blob) yield* chunks(opened.stream());
  else if (isStream(opened)) {
    for await (const chunk of opened as AsyncIterable<unknown>) {
      if (typeof chunk === "string") yield Buffer.from(chunk, "utf8");
      else if (chunk instanceof Uint8Array) yield chunk;
      else throw new TypeError(`the stream gave ${kindOf(chunk)} instead of bytes`);
    }
  } else throw new TypeError(`the function gave ${kindOf(opened)} instead of content`);
}
