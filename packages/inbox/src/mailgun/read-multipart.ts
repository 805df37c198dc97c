import { type MultipartPart, parseMultipart } from "@remix-run/multipart-parser";
import { headerParameters } from "./header-parameters.ts";
import type { FormFile, MailgunForm } from "./mailgun-form.ts";

/** A thousand recipients may each be a field, and as many files and variables stand beside them. */
const maxParts = 10_000;
const maxPartHeaderBytes = 16 * 1024;
/** RFC 2046 section 5.1.1. */
const maxBoundaryLength = 70;

/**
 * Reads `multipart/form-data` (RFC 7578), names as they were written.
 * @throws Error for a body that is none, or that has more than 10,000 parts
 */
export function readMultipart(body: Uint8Array, contentType: string): MailgunForm {
  const boundary = headerParameters(contentType).get("boundary") ?? "";
  if (boundary === "" || boundary.length > maxBoundaryLength) throw new Error("There is no boundary.");
  const limits = { maxParts, maxHeaderSize: maxPartHeaderBytes, maxFileSize: body.length, maxTotalSize: body.length };
  const fields: [string, string][] = [];
  const files: FormFile[] = [];
  for (const part of parseMultipart(withoutPreamble(body, boundary), { boundary, ...limits })) {
    const { filename, ...known } = headersOf(part);
    if (filename === undefined) fields.push([known.field, Buffer.from(part.bytes).toString()]);
    else files.push({ ...known, filename, content: part.bytes });
  }
  return { fields, files };
}

/** What stands before the first boundary is for readers who know no MIME (RFC 2046 section 5.1.1). */
function withoutPreamble(body: Uint8Array, boundary: string): Uint8Array {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const opening = `--${boundary}`;
  if (bytes.indexOf(opening) === 0) return body;
  const start = bytes.indexOf(`\r\n${opening}`);
  return start === -1 ? body : body.subarray(start + 2);
}

/** @throws Error for a part without a name */
function headersOf({ headers }: MultipartPart): Omit<FormFile, "content" | "filename"> & { filename?: string } {
  const disposition = headers["content-disposition"] ?? "";
  const parameters = headerParameters(disposition);
  const field = parameters.get("name");
  const filename = parameters.get("filename");
  if (!/^form-data\s*;/i.test(disposition) || field === undefined) throw new Error("A part has no name.");
  return { field, contentType: headers["content-type"] ?? "", ...(filename !== undefined && { filename }) };
}
