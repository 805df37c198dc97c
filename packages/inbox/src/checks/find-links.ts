import type { CaughtMail } from "../caught-mail.ts";
import { decodeEntities } from "./html-entities.ts";
import { htmlTokens } from "./html-tags.ts";

export interface FoundLink {
  readonly url: string;
  /** What the reader clicks on; for images the alternative text. */
  readonly label?: string;
  readonly in: "html" | "text";
}

const maxLinks = 500;

/** Links in the order in which they stand, each address once. */
export function findLinks(mail: Pick<CaughtMail, "text" | "html">): readonly FoundLink[] {
  const found = new Map<string, FoundLink>();
  for (const link of [...htmlLinks(mail.html ?? ""), ...textLinks(mail.text ?? "")]) {
    if (found.size >= maxLinks) break;
    if (!found.has(link.url)) found.set(link.url, link);
  }
  return [...found.values()];
}

function* htmlLinks(html: string): Generator<FoundLink> {
  let open: { readonly url: string; label: string } | undefined;
  for (const token of htmlTokens(html)) {
    const isLink = token.name === "a" || token.name === "area";
    if (isLink && open !== undefined) {
      yield linkOf(open.url, open.label);
      open = undefined;
    }
    const url = token.type === "open" && isLink ? token.attributes.get("href")?.trim() : undefined;
    if (url !== undefined) open = { url, label: token.attributes.get("alt") ?? "" };
    else if (open !== undefined && token.type === "text") open.label += html.slice(token.start, token.end);
    else if (open !== undefined && token.name === "img") open.label += ` ${token.attributes.get("alt") ?? ""} `;
  }
  if (open !== undefined) yield linkOf(open.url, open.label);
}

function linkOf(url: string, written: string): FoundLink {
  const label = decodeEntities(written).replace(/\s+/g, " ").trim();
  return label === "" ? { url, in: "html" } : { url, label, in: "html" };
}

function* textLinks(text: string): Generator<FoundLink> {
  for (const [written] of text.matchAll(/\bhttps?:\/\/[^\s<>"]+/gi)) {
    const url = withoutPunctuation(written);
    if (URL.canParse(url)) yield { url, in: "text" };
  }
}

/** A full stop or a closing bracket behind an address belongs to the sentence, unless the bracket was opened in it. */
function withoutPunctuation(written: string): string {
  let unopened = written.split(")").length - written.split("(").length;
  let end = written.length;
  for (; /[.,;:!?'*_)\]}]/.test(written.charAt(end - 1)); end--) {
    if (written.charAt(end - 1) !== ")") continue;
    if (unopened <= 0) break;
    unopened--;
  }
  return written.slice(0, end);
}
