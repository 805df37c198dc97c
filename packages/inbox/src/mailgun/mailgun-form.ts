import type { ApiRequest } from "../api/provider-api.ts";
import { invalid } from "./mailgun-provider.ts";
import { readMultipart } from "./read-multipart.ts";

export interface FormFile {
  readonly field: string;
  readonly filename: string;
  readonly contentType: string;
  readonly content: Uint8Array;
}

/** The fields of a request in their order. */
export interface MailgunForm {
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly files: readonly FormFile[];
}

/** Reads a form, of files or plain. @throws ApiRefusal in Mailgun's words */
export function readForm({ headers, body }: ApiRequest): MailgunForm {
  const contentType = headers.get("content-type") ?? "";
  if (/^application\/x-www-form-urlencoded\b/i.test(contentType)) return readUrlEncoded(body);
  return /^multipart\/form-data\b/i.test(contentType) ? readFiles(body, contentType) : { fields: [], files: [] };
}

function readUrlEncoded(body: Uint8Array): MailgunForm {
  const text = Buffer.from(body).toString("utf8");
  const bad = /%(?![0-9a-f]{2})/i.exec(text);
  if (bad !== null)
    throw invalid(
      `unable to parse request: invalid URL escape ${JSON.stringify(text.slice(bad.index, bad.index + 3))}`,
    );
  return { fields: [...new URLSearchParams(text)], files: [] };
}

function readFiles(body: Uint8Array, contentType: string): MailgunForm {
  if (body.byteLength === 0) throw invalid("unable to parse request: unexpected EOF");
  try {
    return readMultipart(body, contentType);
  } catch {
    throw invalid("malformed multipart/form-data request");
  }
}

/** All values of a field. */
export function valuesOf({ fields }: MailgunForm, name: string): readonly string[] {
  return fields.filter(([known]) => known === name).map(([, value]) => value);
}

/** The first value of a field; `undefined` where it is absent. */
export function firstValue(form: MailgunForm, name: string): string | undefined {
  return valuesOf(form, name)[0];
}

/** Fields under a prefix such as `h:`, the prefix left out. */
export function prefixed({ fields }: MailgunForm, prefix: string): readonly (readonly [name: string, value: string])[] {
  return fields.flatMap(([name, value]) =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
  );
}

/** The form as lines of text, files by name, type and size. */
export function showForm({ fields, files }: MailgunForm): string {
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  const parts = files.map(
    ({ field, filename, contentType, content }) =>
      `${field}: [${filename}, ${contentType}, ${content.byteLength} bytes]`,
  );
  return [...lines, ...parts].join("\n");
}
