import { htmlTokens } from "./html-tags.ts";
import { readDeclarations, readStylesheet, type See } from "./read-css.ts";

/** The attributes whose values tell features apart. */
const telling = ["type", "rel"] as const;

/**
 * Which of the known keys stand in tags, attributes, style elements and style attributes. Beside those of CSS there are
 * `<tag>`, `<tag[attribute=value]>` and `[attribute]`. Comments do not count, so nothing that Outlook alone reads does.
 */
export function findFeatures(html: string, known: ReadonlyMap<string, unknown>): ReadonlySet<string> {
  const found = new Set<string>();
  const see: See = (key) => {
    if (known.has(key)) found.add(key);
  };
  for (const { type, name, attributes, start, end } of htmlTokens(html)) {
    if (type === "raw" && name === "style") readStylesheet(html.slice(start, end), see);
    if (type !== "open") continue;
    see(`<${name}>`);
    for (const attribute of attributes.keys()) see(`[${attribute}]`);
    for (const attribute of telling) {
      const value = attributes.get(attribute);
      if (value !== undefined) see(`<${name}[${attribute}=${value.trim().toLowerCase()}]>`);
    }
    readDeclarations(attributes.get("style") ?? "", see);
  }
  return found;
}
