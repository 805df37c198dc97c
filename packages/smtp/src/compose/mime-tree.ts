import type { PreparedMessage } from "@mail/core";
import type { MimeNode, MimePart } from "./mime-node.ts";
import { textPart } from "./text-part.ts";

/** The mail's parts: texts as alternatives, what the html shows beside it, then the files. */
export function mimeTree(mail: PreparedMessage, attachments: readonly MimePart[], encode: typeof textPart): MimeNode {
  const shown = attachments.filter((_, index) => isShown(mail, index));
  const files = attachments.filter((_, index) => !isShown(mail, index));
  const content = contentOf(mail, shown, encode);
  return files.length === 0 ? content : { type: "multipart/mixed", parts: [content, ...files] };
}

function isShown({ html, attachments }: PreparedMessage, index: number): boolean {
  return html !== undefined && attachments[index]?.contentId !== undefined;
}

/** Least to most faithful (RFC 2046 section 5.1.4); AMP before HTML, as its own documentation asks. */
function contentOf(
  { text, html, amp, calendar }: PreparedMessage,
  shown: readonly MimePart[],
  encode: typeof textPart,
): MimeNode {
  const alternatives: MimeNode[] = [];
  if (text !== undefined) alternatives.push(encode("text/plain; charset=utf-8", text));
  if (amp !== undefined) alternatives.push(encode("text/x-amp-html; charset=utf-8", amp));
  if (html !== undefined) alternatives.push(withShown(encode("text/html; charset=utf-8", html), shown));
  if (calendar !== undefined)
    alternatives.push(textPart(`text/calendar; charset=utf-8; method=${calendar.method}`, calendar.content));
  const [only = textPart("text/plain; charset=utf-8", ""), ...others] = alternatives;
  return others.length === 0 ? only : { type: "multipart/alternative", parts: alternatives };
}

/** RFC 2387. */
function withShown(html: MimePart, shown: readonly MimePart[]): MimeNode {
  return shown.length === 0 ? html : { type: 'multipart/related; type="text/html"', parts: [html, ...shown] };
}
