import { elements, textField } from "../api/json-value.ts";
import { badRequest } from "./ses-provider.ts";

/** API reference of SES v2, "MessageTag". */
const tagText = /^[A-Za-z0-9_-]{1,256}$/;
const maxTags = 50;

/** `EmailTags` and their like, as name and value. @throws ApiRefusal */
export function readEmailTags(value: unknown): Readonly<Record<string, string>> {
  const tags = elements(value).map((tag) => [textField(tag, "Name") ?? "", textField(tag, "Value") ?? ""] as const);
  if (tags.length > maxTags) throw badRequest(`Number of message tags exceeds ${maxTags}.`);
  for (const [name, text] of tags) checkTag(name, text);
  const names = tags.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw badRequest(`Duplicate message tag name: ${twice}`);
  return Object.fromEntries(tags);
}

/** `X-SES-MESSAGE-TAGS: name=value, name=value`. @throws ApiRefusal */
export function parseMessageTags(header: string): Readonly<Record<string, string>> {
  const pairs = header.split(/[,;]/).filter((pair) => pair.trim() !== "");
  return readEmailTags(
    pairs.map((pair) => {
      const [name = "", text = ""] = pair.split(/=(.*)/s);
      return { Name: name.trim(), Value: text.trim() };
    }),
  );
}

function checkTag(name: string, text: string): void {
  const allowed = "Only alphanumeric ASCII characters, '_', and '-' are allowed, 1 to 256 of them.";
  if (!tagText.test(name)) throw badRequest(`Invalid message tag name: ${name}. ${allowed}`);
  if (!tagText.test(text)) throw badRequest(`Invalid message tag value: ${text}. ${allowed}`);
}
