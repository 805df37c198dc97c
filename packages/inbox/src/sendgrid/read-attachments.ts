import type { ComposedFile } from "../api/compose-mail.ts";
import { decodeBase64, elements, field } from "../api/json-value.ts";
import { showJson } from "../api/show-json.ts";
import type { Complaints } from "./complaints.ts";

/** `attachments`: base64 content with a name. */
export function readAttachments(value: unknown, complaints: Complaints): readonly ComposedFile[] {
  if (value !== undefined && value !== null && !Array.isArray(value))
    complaints.add("attachments", "The attachments must be an array of objects.");
  return elements(value).flatMap((entry, index) => readAttachment(entry, `attachments.${index}`, complaints) ?? []);
}

function readAttachment(entry: unknown, at: string, complaints: Complaints): ComposedFile | undefined {
  const encoded = complaints.text(
    field(entry, "content") ?? "",
    `${at}.content`,
    "The attachment content must be a string at least one character in length.",
  );
  const content = encoded === undefined ? undefined : decodeBase64(encoded);
  if (encoded !== undefined && content === undefined)
    complaints.add(`${at}.content`, "The attachment content must be base64 encoded.");
  const filename = readFilename(field(entry, "filename"), `${at}.filename`, complaints);
  const type = complaints.text(
    field(entry, "type"),
    `${at}.type`,
    "The attachment type must be a string and at least one character in length.",
  );
  if (type !== undefined && /[;\r\n]/.test(type))
    complaints.add(`${at}.type`, "The type cannot contain ';', or CRLF characters.");
  const disposition = field(entry, "disposition") ?? "attachment";
  if (disposition !== "attachment" && disposition !== "inline")
    return complaints.add(
      `${at}.disposition`,
      `The disposition of your attachment can be either "inline" or "attachment". You provided ${showJson(disposition)}.`,
    );
  const contentId = field(entry, "content_id");
  if (contentId !== undefined && typeof contentId !== "string")
    return complaints.add(
      `${at}.content_id`,
      `The content ID of your attachment must be a string. You provided ${showJson(contentId)}.`,
    );
  if (contentId !== undefined && /[\r\n]/.test(contentId))
    return complaints.add(`${at}.content_id`, "The content ID of your attachment cannot contain CRLF characters.");
  if (content === undefined || filename === undefined) return undefined;
  return { content, filename, contentType: type ?? "application/octet-stream", disposition, contentId };
}

function readFilename(value: unknown, at: string, complaints: Complaints): string | undefined {
  if (value === undefined) return complaints.add(at, "filename is required.");
  if (typeof value !== "string" || value === "")
    return complaints.add(at, "The filename of your attachment must be a string.");
  if (/[\r\n]/.test(value))
    return complaints.add(at, "The filename of your attachment cannot contain CRLF characters.");
  return value;
}
