import { elements, field, isObject, type JsonObject, parseJson, textField } from "../api/json-value.ts";
import { replaceBounded } from "../api/replace-bounded.ts";
import { valueText } from "../api/value-text.ts";
import { badRequest } from "./ses-provider.ts";

/** Content of a template: given in the request, or stored at SES under a name. */
export interface SesTemplate {
  readonly stored: string | undefined;
  readonly subject: string | undefined;
  readonly text: string | undefined;
  readonly html: string | undefined;
}

/** `Template`. @throws ApiRefusal */
export function readTemplate(value: unknown): SesTemplate {
  const content = field(value, "TemplateContent");
  const name = textField(value, "TemplateName") ?? textField(value, "TemplateArn");
  if (isObject(content) === (name !== undefined))
    throw badRequest("Exactly one of TemplateName, TemplateArn and TemplateContent must be specified.");
  const [subject, text, html] = ["Subject", "Text", "Html"].map((part) => textField(content, part));
  if (name === undefined && text === undefined && html === undefined)
    throw badRequest("Template content must have a text part or an HTML part.");
  return { stored: name, subject, text, html };
}

/** JSON of a template's data. @throws ApiRefusal */
export function readTemplateData(value: unknown): JsonObject {
  if (value === undefined || value === "") return {};
  const data = typeof value === "string" ? parseJson(value) : undefined;
  if (!isObject(data)) throw badRequest("Template data is not valid JSON.");
  return data;
}

/** Nobody nests data deeper than this; the stack ends somewhere. */
const maxDepth = 100;

/**
 * Joins one recipient's data with that of all, as SES does: objects key by key, all else as a whole (tried out by
 * aws-ses-v2-local, pull request 103).
 */
export function joinTemplateData(shared: JsonObject, own: JsonObject, depth = 0): JsonObject {
  const joined = Object.entries(own).map(([name, value]) => {
    const other = field(shared, name);
    const isNested = isObject(other) && isObject(value) && depth < maxDepth;
    return [name, isNested ? joinTemplateData(other, value, depth + 1) : value] as const;
  });
  return { ...shared, ...Object.fromEntries(joined) };
}

/** A brace or backslash beside a tag would make another one of it, or none (Handlebars, "Expressions"). */
const placeholder =
  /(?<![{\\])(?:\{\{\{\s{0,20}([\w.[\]-]{1,200})\s{0,20}\}\}\}|\{\{\s{0,20}([\w.[\]-]{1,200})\s{0,20}\}\}(?!\}))/g;
const stray = /(?<!\\)\{\{.{0,40}/;

/** A text with its data, and for what reasons SES would not send it. SES does not escape HTML. */
export interface Rendered {
  readonly text: string;
  readonly problems: readonly string[];
}

/** Puts data into `{{name}}` and `{{a.b}}`: inline templates know nothing else. */
export function renderTemplate(template: string, data: JsonObject): Rendered {
  const problems = [];
  const [unread] = stray.exec(template.replace(placeholder, " ")) ?? [];
  if (unread !== undefined) problems.push(`The template cannot be parsed at ${unread}`);
  const text = replaceBounded(template, placeholder, (written, raw, plain) => {
    const name = raw ?? plain ?? "";
    const value = name.split(".").reduce<unknown>(step, data);
    if (value === undefined) problems.push(`Attribute '${name}' is not present in the rendering data.`);
    return value === undefined ? written : valueText(value);
  });
  return { text, problems };
}

function step(value: unknown, name: string): unknown {
  return Array.isArray(value) ? elements(value)[Number(name)] : field(value, name);
}
