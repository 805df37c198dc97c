import type { BulkRecipient, Message } from "@mail/core";
import { loads } from "../smtp/loads.ts";

const { subject, html, text } = loads.small()(0);

/** The small mail with a placeholder in each part. */
export const campaign: Message = {
  from: "Acme <hello@acme.example>",
  subject: `{{name}}: ${subject}`,
  text: `Dear {{name}},\n\n${text}`,
  html: html.replace("<h1>", "<h1>Dear {{name}}: "),
};

/** Recipients number 0 to `count - 1`, made as they are pulled. */
export function* recipients(count: number): Generator<BulkRecipient> {
  for (let index = 0; index < count; index++)
    yield { to: `user${index}@example.com`, data: { name: `Customer ${index} & family` } };
}
