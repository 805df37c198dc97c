import { encodeHeaderValue, type PreparedMessage } from "@mail/core";

/** Something that the Simple and Template contents of SES cannot carry. */
export interface Obstacle {
  /** The message's field. */
  readonly field: string;
  readonly problem: string;
}

/** Limits of `Message.Headers` and `Attachment` (API reference of SES v2); 15 headers is Amazon Pinpoint's, SES names none. */
const maxHeaders = 15;
const maxHeaderValueLength = 870;
const maxHeaderLength = 996;
const maxContentTypeLength = 78;
const maxContentIdLength = 78;
const maxFileNameLength = 255;
/** Octets of a line without CRLF (RFC 5322 section 2.1.1). */
const maxLineBytes = 998;

const printable = /^[\x20-\x7e]+$/;

type Check = (mail: PreparedMessage) => string | undefined;

const found = (isThere: boolean, problem: string): string | undefined => (isThere ? problem : undefined);

/** Every reason to write the MIME source ourselves, by the field that gives it. */
const checks: readonly { readonly field: string; readonly check: Check }[] = [
  { field: "amp", check: ({ amp }) => found(amp !== undefined, "is a third body") },
  { field: "calendar", check: ({ calendar }) => found(calendar !== undefined, "is a third body") },
  { field: "sender", check: ({ sender }) => found(sender !== undefined, "is a header that SES makes itself") },
  { field: "subject", check: ({ subject }) => subjectProblem(encodeHeaderValue(subject)) },
  { field: "text", check: ({ text }) => found(hasLongLine(text), "has a line that is too long for SMTP") },
  { field: "text", check: ({ text, html, template }) => found(!text && !html && !template, "is empty") },
  { field: "html", check: ({ html }) => found(hasLongLine(html), "has a line that is too long for SMTP") },
  { field: "headers", check: ({ headers }) => headerProblem(headers) },
  { field: "attachments", check: attachmentProblem },
];

/** Why SES cannot put the mail together, so that it needs raw MIME. The one place where this is decided. */
export function obstaclesToSimple(mail: PreparedMessage): readonly Obstacle[] {
  return checks.flatMap(({ field, check }) => {
    const problem = check(mail);
    return problem === undefined ? [] : [{ field, problem }];
  });
}

function hasLongLine(body = ""): boolean {
  return (
    body.length * 3 > maxLineBytes && body.split(/\r\n|\r|\n/).some((line) => Buffer.byteLength(line) > maxLineBytes)
  );
}

function subjectProblem(subject: string): string | undefined {
  return subject.includes("\t") ? "has a tab" : found(subject.length > maxHeaderValueLength, "is too long");
}

function headerProblem(headers: PreparedMessage["headers"]): string | undefined {
  const all = Object.entries(headers).map(([name, value]) => ({ name, value: encodeHeaderValue(value) }));
  if (all.length > maxHeaders) return `are more than ${maxHeaders}`;
  if (all.some(({ value }) => !printable.test(value))) return "have an empty value or a tab";
  const tooLong = all.some(
    ({ name, value }) => value.length > maxHeaderValueLength || name.length + value.length > maxHeaderLength,
  );
  return found(tooLong, "are too long");
}

function attachmentProblem({ attachments, html, template }: PreparedMessage): string | undefined {
  for (const { filename = "", contentType, contentId, disposition } of attachments) {
    if (filename === "" && template === undefined) return "have no file name";
    if (!/^[\x20-\x7e]*$/.test(filename) || filename.length > maxFileNameLength)
      return "have a long or non-ASCII file name";
    if (contentType.length > maxContentTypeLength) return "have a long media type";
    if (contentType.includes(";") && template === undefined) return "have a media type with parameters";
    if (/^(?:message|multipart)\//i.test(contentType)) return "are mails, which must not be base64";
    if (contentId !== undefined && (!printable.test(contentId) || contentId.length > maxContentIdLength))
      return "have a long or non-ASCII content id";
    if (contentId !== undefined && ((html ?? template) === undefined || disposition !== "inline"))
      return "have a content id, but are not shown in html";
  }
  return undefined;
}
