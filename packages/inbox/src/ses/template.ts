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

const placeholder = /\{\{\{\s{0,20}([\w.[\]-]{1,200})\s{0,20}\}\}\}|\{\{\s{0,20}([\w.[\]-]{1,200})\s{0,20}\}\}/g;

/** A text with its data, and the names that have none. SES does not escape HTML. */
export interface Rendered {
  readonly text: string;
  readonly missing: readonly string[];
}

/** Puts data into `{{name}}` and `{{a.b}}`: inline templates know nothing else. */
export function renderTemplate(template: string, data: JsonObject): Rendered {
  const missing: string[] = [];
  const text = replaceBounded(template, placeholder, (written, raw, plain) => {
    const name = raw ?? plain ?? "";
    const value = name.split(".").reduce<unknown>(step, data);
    if (value === undefined) missing.push(name);
    return value === undefined ? written : valueText(value);
  });
  return { text, missing };
}

function step(value: unknown, name: string): unknown {
  return Array.isArray(value) ? elements(value)[Number(name)] : field(value, name);
}
