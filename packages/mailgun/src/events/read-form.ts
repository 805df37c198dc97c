import { MailEventError, readEventBody } from "@mail/core";
import { parseMultipart } from "@remix-run/multipart-parser";

export type FormField = readonly [name: string, value: string];

/** Far more than an event and its variables have; parsing takes time that grows with them. */
const maxFields = 1000;
const maxUrlencodedBytes = 5 * 1024 * 1024;
/** A bounce may come with the mail, of 25 MB at most. */
const maxMultipartBytes = 30 * 1024 * 1024;

/**
 * Reads the fields of a form in their order, without files.
 * @throws MailEventError `malformed` or `too_large`
 */
export async function readForm(request: Request): Promise<readonly FormField[]> {
  const contentType = request.headers.get("content-type") ?? "";
  if (/^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i.test(contentType)) return readUrlencoded(request);
  const boundary = /^\s*multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType);
  if (boundary !== null) return readMultipart(request, boundary[1] ?? boundary[2] ?? "");
  throw malformed("content-type", "is neither JSON nor a form");
}

async function readUrlencoded(request: Request): Promise<readonly FormField[]> {
  const text = new TextDecoder().decode(await readEventBody(request, maxUrlencodedBytes));
  refuseMany(text);
  return [...new URLSearchParams(text)];
}

/** RFC 2046 section 5.1.1. */
const boundaryForm = /^[\w'()+,\-./:=? ]{1,70}$/;

async function readMultipart(request: Request, boundary: string): Promise<readonly FormField[]> {
  if (!boundaryForm.test(boundary)) throw malformed("content-type", "has no boundary");
  const body = await readEventBody(request, maxMultipartBytes);
  const limits = { maxParts: maxFields, maxFileSize: body.length, maxTotalSize: body.length };
  const fields: FormField[] = [];
  try {
    for (const part of parseMultipart(body, { boundary, ...limits }))
      if (!part.isFile) fields.push([part.name ?? "", part.text]);
  } catch {
    throw malformed("body", "is no form");
  }
  return fields;
}

function refuseMany(text: string): void {
  let index = -1;
  for (let count = 0; count < maxFields; count += 1) {
    index = text.indexOf("&", index + 1);
    if (index === -1) return;
  }
  throw malformed("body", `has more than ${maxFields} fields`);
}

function malformed(field: string, problem: string): MailEventError {
  return new MailEventError(`${field} ${problem}`, { code: "malformed", field });
}
