import { caught } from "../caught-mail.fixture.ts";
import type { CaughtMail, Via } from "../caught-mail.ts";
import type { Webhooks } from "../webhook.ts";
import { createWebhooks, type WebhooksOptions } from "./create-webhooks.ts";
import { type WebhookPrivateKeys, webhookPrivateKeys } from "./webhook-private-keys.ts";

let keys: Promise<WebhookPrivateKeys> | undefined;

/** Webhooks with keys that are made once for all tests of a file, because RSA takes its time. */
export async function testWebhooks(options: Partial<WebhooksOptions> = {}): Promise<Webhooks & AsyncDisposable> {
  keys ??= webhookPrivateKeys();
  const webhooks = await createWebhooks({ baseUrl: "http://127.0.0.1:8025", keys: await keys, ...options });
  return { ...webhooks, subscription: webhooks.subscription, [Symbol.asyncDispose]: () => webhooks.close() };
}

export function caughtBy(via: Via, fields: Partial<CaughtMail> = {}): CaughtMail {
  return caught({
    via,
    envelope: { from: "app@acme.example", to: ["ada@example.com"] },
    providerId: via === "mailgun" ? "20260101000000.1f3a@acme.example" : "wrfRRvF7Q0GgwUo2CvDmEA",
    messageId: via === "mailgun" ? "<20260101000000.1f3a@acme.example>" : "<hello-1@acme.example>",
    mailId: "01900000-0000-7000-8000-00000000abcd",
    from: { name: "Acme", address: "app@acme.example" },
    to: [{ address: "ada@example.com" }],
    subject: "Hello",
    headers: [
      { name: "From", value: "Acme <app@acme.example>" },
      { name: "To", value: "ada@example.com" },
      { name: "Subject", value: "Hello" },
      { name: "Date", value: "Thu, 01 Jan 2026 00:00:00 +0000" },
    ],
    tags: ["welcome", "new"],
    metadata: { mail_id: "01900000-0000-7000-8000-00000000abcd", customer: "42" },
    ...fields,
  });
}
