import { replaceBounded } from "../api/replace-bounded.ts";

/** Puts values in the place of tags, such as `-name-` or `{{name}}`; what was put in is not searched again. */
export function substitute(text: string, values: Readonly<Record<string, string>>): string {
  const tags = Object.keys(values).filter((tag) => tag !== "");
  if (tags.length === 0) return text;
  const longestFirst = tags.toSorted((one, other) => other.length - one.length);
  const pattern = new RegExp(longestFirst.map((tag) => tag.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"), "g");
  return replaceBounded(text, pattern, (tag) => values[tag] ?? tag);
}
