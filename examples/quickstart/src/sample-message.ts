import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { file, type Message } from "@mail/core";

const sample = (name: string): string => fileURLToPath(new URL(`../sample/${name}`, import.meta.url));

/** What `npm start` sends when it is given nothing else. */
export const sampleMessage: Message = {
  from: "Acme Café <hello@acme.example>",
  to: '"Lovelace, Ada" <ada@example.com>',
  cc: "Grace Hopper <grace@example.com>",
  bcc: "archive@acme.example",
  replyTo: "support@acme.example",
  subject: "Your order is on its way 📦",
  text: [
    "Dear Ada,",
    "your order 4711 left our house this morning.\nThe driver asks for this code:",
    "417 902",
    "Follow your parcel: https://acme.example/orders/4711",
    "The Acme Café",
  ].join("\n\n"),
  html: readFileSync(sample("mail.html"), "utf8"),
  attachments: [
    file(sample("order-4711.csv")),
    { filename: "logo.png", contentId: "logo", content: file(sample("logo.png")) },
  ],
  tags: ["order"],
  metadata: { order: "4711" },
};
