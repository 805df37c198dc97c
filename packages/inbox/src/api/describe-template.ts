import { showJson } from "./show-json.ts";

/** The text shown for a template that only the provider has: its name and the data it would get. */
export function describeTemplate(name: string, data: unknown): string {
  return `Template: ${name}\n\nIts text is stored at the provider. It would be rendered with:\n\n${showJson(data, 2)}\n`;
}

/** Header that names the template of a mail. */
export const templateHeader = "X-Inbox-Template";

/** Header that says why the provider would not deliver a mail which it accepted. */
export const problemHeader = "X-Inbox-Problem";
