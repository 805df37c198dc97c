import { decodeEntities } from "./html-entities.ts";

/** A start or end tag, or the raw text of a style or script element. */
export interface HtmlToken {
  readonly type: "open" | "close" | "raw" | "text";
  /** Lower case; of the enclosing element for `raw`, empty for `text`. */
  readonly name: string;
  /** Names in lower case, values decoded; the first of its name counts. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Where it stands in the source. */
  readonly start: number;
  readonly end: number;
}

const none: ReadonlyMap<string, string> = new Map();
const rawElements: ReadonlySet<string> = new Set(["style", "script", "title", "textarea", "noscript", "xmp", "iframe"]);

/**
 * Reads HTML as a list of tags and texts, good enough to find links and images. It decides nothing about safety: that
 * is the sandbox's and the content policy's work. Each character is looked at a fixed number of times.
 */
export function* htmlTokens(html: string): Generator<HtmlToken> {
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf("<", at);
    const textEnd = open === -1 ? html.length : open;
    if (textEnd > at) yield { type: "text", name: "", attributes: none, start: at, end: textEnd };
    if (open === -1) return;
    const skipped = skipMarkup(html, open);
    if (skipped !== undefined) {
      at = skipped;
      continue;
    }
    const tag = readTag(html, open);
    if (tag === undefined) {
      yield { type: "text", name: "", attributes: none, start: open, end: open + 1 };
      at = open + 1;
      continue;
    }
    yield tag;
    at = tag.end;
    if (tag.type !== "open" || !rawElements.has(tag.name)) continue;
    const end = endOfRaw(html, at, tag.name);
    if (end > at) yield { type: "raw", name: tag.name, attributes: none, start: at, end };
    at = end;
  }
}

/** Behind a comment, a doctype or a processing instruction. Conditional comments for Outlook are comments. */
function skipMarkup(html: string, open: number): number | undefined {
  if (html.startsWith("<!--", open)) return behind(html, "-->", open + 4);
  const next = html[open + 1];
  return next === "!" || next === "?" ? behind(html, ">", open + 2) : undefined;
}

function behind(html: string, end: string, from: number): number {
  const found = html.indexOf(end, from);
  return found === -1 ? html.length : found + end.length;
}

function endOfRaw(html: string, from: number, name: string): number {
  const close = new RegExp(`</${name}(?=[\\s/>])`, "gi");
  close.lastIndex = from;
  return close.exec(html)?.index ?? html.length;
}

function readTag(html: string, open: number): HtmlToken | undefined {
  const head = /<(\/?)([a-z][^\s/>]*)/iy;
  head.lastIndex = open;
  const [all, slash, name] = head.exec(html) ?? [];
  if (all === undefined || name === undefined) return undefined;
  const attributes = new Map<string, string>();
  const attribute =
    /[\s/]*(?:(>)|([^\s/>=][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)("|$)|'([^']*)('|$)|([^\s>"'][^\s>]*)?))?|=)/y;
  attribute.lastIndex = open + all.length;
  let end = html.length;
  while (attribute.lastIndex < html.length) {
    const match = attribute.exec(html);
    if (match === null) break;
    const [, close, key, double, , single, , bare] = match;
    if (close !== undefined) {
      end = attribute.lastIndex;
      break;
    }
    const attributeName = key?.toLowerCase();
    if (attributeName !== undefined && !attributes.has(attributeName))
      attributes.set(attributeName, decodeEntities(double ?? single ?? bare ?? ""));
  }
  return { type: slash === "" ? "open" : "close", name: name.toLowerCase(), attributes, start: open, end };
}
