import { decodeEntities } from "./html-entities.ts";
import { htmlTokens } from "./html-tags.ts";

const blocks: ReadonlySet<string> = new Set(
  "address article blockquote br div dd dl dt footer h1 h2 h3 h4 h5 h6 header hr li ol p pre section table td th tr ul".split(
    " ",
  ),
);

/** What a reader sees of HTML, a line per block. */
export function htmlText(html: string): string {
  const parts: string[] = [];
  for (const token of htmlTokens(html)) {
    if (token.type === "text") parts.push(decodeEntities(html.slice(token.start, token.end)).replace(/\s+/g, " "));
    else if (blocks.has(token.name)) parts.push("\n");
  }
  return parts
    .join("")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");
}
