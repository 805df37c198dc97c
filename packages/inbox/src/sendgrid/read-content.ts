import { elements, field } from "../api/json-value.ts";
import type { Complaints } from "./complaints.ts";
import { type Content, isDynamicTemplate } from "./mail-send.ts";

const contentMissing =
  "Unless a valid template_id is provided, the content parameter is required. There must be at least one defined content block. We typically suggest both text/plain and text/html blocks are included, but only one block is required.";
const wrongOrder =
  "Following RFC 1341, section 7.2, if either text/html or text/plain are to be sent in your email: text/plain needs to be first, followed by text/html, followed by any other content.";
const valueEmpty = "The content value must be a string at least one character in length.";
const typeEmpty = "Your content type must be a string with length of at least one character.";

/** `content`: the mail's forms, plain text first. */
export function readContent(
  value: unknown,
  templateId: string | undefined,
  complaints: Complaints,
): readonly Content[] {
  const entries = elements(value);
  if (entries.length === 0) {
    const isAbsent = value === undefined || value === null || Array.isArray(value);
    if (templateId === undefined || !isAbsent) complaints.add("content", contentMissing);
    return [];
  }
  const content = entries.flatMap((entry, index) => {
    const at = `content.${index}`;
    const type = complaints.text(field(entry, "type") ?? "", `${at}.type`, typeEmpty);
    const text = complaints.text(field(entry, "value") ?? "", `${at}.value`, valueEmpty);
    if (type !== undefined && /[\r\n]/.test(type))
      complaints.add(`${at}.type`, "Cannot contain ';', or CRLF characters.");
    return type === undefined || text === undefined ? [] : [{ type, value: text }];
  });
  if (!isDynamicTemplate(templateId) && !isInOrder(content)) complaints.add("content", wrongOrder, "content.value");
  return content;
}

function isInOrder(content: readonly Content[]): boolean {
  const ranks = content.map(({ type }) => ["text/plain", "text/html"].indexOf(type.toLowerCase()));
  const order = ranks.map((rank) => (rank === -1 ? 2 : rank));
  return order.every((rank, index) => index === 0 || (order[index - 1] ?? 0) <= rank);
}
