import { MailEventError, readEventBody } from "@mail/core";

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
  const body = await readEventBody(request, maxUrlencodedBytes);
  refuseMany(body, "&");
  return [...new URLSearchParams(new TextDecoder().decode(body))];
}

/** RFC 2046 section 5.1.1. */
const boundaryForm = /^[\w'()+,\-./:=? ]{1,70}$/;

async function readMultipart(request: Request, boundary: string): Promise<readonly FormField[]> {
  if (!boundaryForm.test(boundary)) throw malformed("content-type", "has no boundary");
  const body = await readEventBody(request, maxMultipartBytes);
  refuseMany(body, `--${boundary}`);
  const headers = { "content-type": `multipart/form-data; boundary="${boundary}"` };
  try {
    const form = await new Response(body, { headers }).formData();
    return [...form].filter((field): field is [string, string] => typeof field[1] === "string");
  } catch {
    throw malformed("body", "is no form");
  }
}

function refuseMany(body: Uint8Array<ArrayBuffer>, separator: string): void {
  const bytes = Buffer.from(body.buffer);
  let index = -1;
  for (let count = 0; count <= maxFields; count += 1) {
    index = bytes.indexOf(separator, index + 1);
    if (index === -1) return;
  }
  throw malformed("body", `has more than ${maxFields} fields`);
}

function malformed(field: string, problem: string): MailEventError {
  return new MailEventError(`${field} ${problem}`, { code: "malformed", field });
}
