import type { Message } from "@mail/core";

/** What `npm start` sends when it is given nothing else. */
export const sampleMessage: Message = {
  from: "Acme Café <hello@acme.example>",
  to: ['"Lovelace, Ada" <ada@example.com>'],
  cc: "Grace Hopper <grace@example.com>",
  bcc: "archive@acme.example",
  replyTo: "support@acme.example",
  subject: "Your order is on its way 📦",
  text: "Dear Ada,\n\nyour order 4711 left our house this morning.\n\nThe Acme Café",
  html: '<p>Dear Ada,</p><p>your order <b>4711</b> left our house this morning.</p><p><img src="cid:logo" alt="">The Acme Café</p>',
  attachments: [
    { filename: "order-4711.csv", content: "article,pieces\ncoffee,2\n" },
    {
      filename: "logo.png",
      contentId: "logo",
      encoding: "base64",
      content: "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
    },
  ],
  tags: ["order"],
  metadata: { order: "4711" },
};
