import type { Header } from "../api/header.ts";
import { elements, textField } from "../api/json-value.ts";
import { badRequest } from "./ses-provider.ts";

/** API reference of SES v2, "MessageHeader". */
const namePattern = /^[!-9;-@A-~]+$/;
const valuePattern = /^[ -~]*$/;
const maxNameLength = 126;
const maxValueLength = 995;
const maxLineLength = 996;

/** Headers that SES writes itself of other fields. */
const ownHeaders: readonly string[] = [
  "bcc",
  "cc",
  "content-disposition",
  "content-transfer-encoding",
  "content-type",
  "date",
  "from",
  "message-id",
  "mime-version",
  "reply-to",
  "return-path",
  "subject",
  "to",
];

/** May stand once only (SES developer guide, "Header fields"). */
const singleHeaders: readonly string[] = [
  ...ownHeaders.filter((name) => !["to", "cc", "bcc"].includes(name)),
  "accept-language",
  "auto-submitted",
  "content-id",
  "content-language",
  "disposition-notification-to",
  "importance",
  "in-reply-to",
  "list-archive",
  "list-help",
  "list-id",
  "list-owner",
  "list-post",
  "list-subscribe",
  "list-unsubscribe",
  "list-unsubscribe-post",
  "organization",
  "precedence",
  "priority",
  "references",
  "sender",
  "sensitivity",
  "thread-index",
  "thread-topic",
  "user-agent",
];

/** `Headers`. @throws ApiRefusal */
export function readHeaders(value: unknown): readonly Header[] {
  const headers = elements(value).map((entry) => ({
    name: textField(entry, "Name") ?? "",
    value: textField(entry, "Value") ?? "",
  }));
  for (const header of headers) checkHeader(header);
  refuseDuplicates(headers.map(({ name }) => name.toLowerCase()));
  return headers;
}

function checkHeader({ name, value }: Header): void {
  if (!namePattern.test(name)) throw violation("name", name, `regular expression pattern: ${namePattern.source}`);
  if (name.length > maxNameLength) throw violation("name", name, `length less than or equal to ${maxNameLength}`);
  if (!valuePattern.test(value)) throw violation("value", value, `regular expression pattern: ${valuePattern.source}`);
  if (value.length > maxValueLength) throw violation("value", value, `length less than or equal to ${maxValueLength}`);
  if (name.length + value.length > maxLineLength)
    throw badRequest(`The combined length of header name and value exceeds ${maxLineLength}: ${name}`);
  if (ownHeaders.includes(name.toLowerCase())) throw badRequest(`Header name is reserved: ${name}`);
}

function violation(member: string, value: string, constraint: string): Error {
  return badRequest(
    `1 validation error detected: Value '${value}' at 'headers.member.${member}' failed to satisfy constraint: Member must satisfy ${constraint}`,
  );
}

/** @param names in lower case. @throws ApiRefusal */
export function refuseDuplicates(names: readonly string[]): void {
  const twice = names.find((name, index) => singleHeaders.includes(name) && names.indexOf(name) !== index);
  if (twice !== undefined) throw badRequest(`Duplicate header '${twice}'.`);
}
