import type { Placeholder, Segments } from "./batch.ts";
import { invalid, show } from "./invalid.ts";

const placeholder = /\{\{\{\s*([\w.-]{1,100})\s*\}\}\}|\{\{\s*([\w.-]{1,100})\s*\}\}/g;

/** Splits a text at `{{name}}` and `{{{name}}}`. @throws MailError `invalid_message` for any other use of `{{` */
export function parseTemplate(text: string, field: string): Segments {
  const segments: (string | Placeholder)[] = [];
  let position = 0;
  const literal = (end: number): void => {
    const part = text.slice(position, end);
    const stray = part.indexOf("{{");
    if (stray !== -1) {
      const hint =
        "Placeholders are {{name}}, and {{{name}}} for HTML that is safe already; render loops and conditions before sending.";
      throw invalid(field, `has a placeholder that is none: ${show(part.slice(stray, stray + 30))}`, hint);
    }
    if (part !== "") segments.push(part);
  };
  for (const match of text.matchAll(placeholder)) {
    literal(match.index);
    segments.push({ name: (match[1] ?? match[2]) as string, raw: match[1] !== undefined });
    position = match.index + match[0].length;
  }
  literal(text.length);
  return segments;
}

/** Names of all placeholders in some texts, each once. */
export function placeholderNames(...texts: readonly (Segments | undefined)[]): readonly string[] {
  const names = texts
    .flatMap((segments) => segments ?? [])
    .flatMap((segment) => (typeof segment === "string" ? [] : [segment.name]));
  return [...new Set(names)];
}

/**
 * Puts values into a text.
 * @param values for all placeholders, or, with `escaped`, for the raw ones.
 * @param escaped HTML-escaped values for `{{name}}`.
 */
export function renderSegments(
  segments: Segments,
  values: Readonly<Record<string, string>>,
  escaped: Readonly<Record<string, string>> = values,
): string {
  let text = "";
  for (const segment of segments) {
    text += typeof segment === "string" ? segment : ((segment.raw ? values : escaped)[segment.name] ?? "");
  }
  return text;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}

/** The value of a placeholder: a key of the data, or a path of keys joined by dots. */
export function lookUp(data: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(data, name)) return data[name];
  let value: unknown = data;
  for (const key of name.split("."))
    value =
      typeof value === "object" && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined;
  return value;
}

/** A value as a reader may see it; `undefined` for what has no such form, NaN and Infinity among it. */
export function readableText(value: unknown): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : undefined;
  return typeof value === "string" || typeof value === "boolean" || typeof value === "bigint"
    ? String(value)
    : undefined;
}
