import { MailEventError } from "@mail/core";
import PostalMime, { type Attachment, type Email } from "postal-mime";
import { type HeaderFields, oneLine } from "./header-fields.ts";
import type { MailStart } from "./read-start.ts";

/** A part that is no text for people. */
export interface MailPart {
  /** Media type in lower case. */
  readonly type: string;
  readonly text: string;
}

/** A mail that may be a report. */
export interface BounceMail {
  readonly fields: HeaderFields;
  /** What stands there for people. */
  readonly text: string;
  readonly parts: readonly MailPart[];
  /** True where there is more of it that was not read. */
  readonly cut: boolean;
}

const limits = { maxNestingDepth: 16, maxHeadersSize: 256 * 1024, maxParts: 50, maxHeaders: 1_000 };

/** @throws MailEventError `malformed` for what is no mail, or has more parts, levels or headers than any report */
export async function parseBounceMail({ bytes, cut }: MailStart): Promise<BounceMail> {
  const { headers: lines, text = "", attachments } = await parse(bytes);
  const headers = lines.filter(({ key }) => /^[!-9;-~]+$/.test(key));
  if (headers.length === 0) throw malformed("has no headers: it is no mail");
  if (headers.length > limits.maxHeaders) throw malformed(`has more than ${limits.maxHeaders} headers`);
  if (attachments.length > limits.maxParts) throw malformed(`has more than ${limits.maxParts} parts`);
  const fields = new Map<string, string[]>();
  for (const { key, value } of headers) fields.set(key, [...(fields.get(key) ?? []), oneLine(value)]);
  return { fields, text, parts: attachments.map(partOf), cut };
}

async function parse(bytes: Uint8Array): Promise<Email> {
  try {
    return await PostalMime.parse(bytes, {
      maxNestingDepth: limits.maxNestingDepth,
      maxHeadersSize: limits.maxHeadersSize,
      forceRfc822Attachments: true,
      attachmentEncoding: "utf8",
    });
  } catch (cause) {
    throw malformed("cannot be read", cause);
  }
}

function partOf({ mimeType, content }: Attachment): MailPart {
  return { type: mimeType.toLowerCase(), text: typeof content === "string" ? content : "" };
}

function malformed(problem: string, cause?: unknown): MailEventError {
  return new MailEventError(`The mail ${problem}`, { code: "malformed", field: "body", cause });
}
