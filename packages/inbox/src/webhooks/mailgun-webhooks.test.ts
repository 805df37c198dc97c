import { expect, test } from "vitest";
import type { WebhookAction } from "../webhook.ts";
import { mailgunIsSigned } from "./verify-webhook.fixture.ts";
import { type ReceivedPost, webhookTarget } from "./webhook-target.fixture.ts";
import { caughtBy, testWebhooks } from "./webhooks.fixture.ts";

interface MailgunBody {
  readonly signature: { readonly timestamp: string; readonly token: string; readonly signature: string };
  readonly "event-data": Readonly<Record<string, unknown>>;
}

function bodyOf(post: ReceivedPost): MailgunBody {
  return JSON.parse(post.rawBody.toString());
}

async function fired(action: WebhookAction, detail?: string): Promise<MailgunBody["event-data"]> {
  await using target = await webhookTarget();
  await using webhooks = await testWebhooks({ targets: { mailgun: target.url } });
  await webhooks.fire(caughtBy("mailgun"), action, { detail });
  const { signature, "event-data": data } = bodyOf(await target.post(1));
  expect(mailgunIsSigned({ ...signature, signingKey: webhooks.keys.mailgunSigningKey })).toBe(true);
  expect(mailgunIsSigned({ ...signature, signingKey: "another" })).toBe(false);
  return data;
}

test("an event carries ids, tags, variables and headers as Mailgun does", async () => {
  const data = await fired("deliver");
  expect(data).toMatchObject({
    event: "delivered",
    id: expect.stringMatching(/^[\w-]{22}$/),
    timestamp: expect.any(Number),
    "log-level": "info",
    recipient: "ada@example.com",
    "recipient-domain": "example.com",
    tags: ["welcome", "new"],
    "user-variables": { mail_id: "01900000-0000-7000-8000-00000000abcd", customer: "42" },
    envelope: { sender: "app@acme.example", targets: "ada@example.com", transport: "smtp" },
    message: {
      headers: {
        "message-id": "20260101000000.1f3a@acme.example",
        to: "ada@example.com",
        from: "Acme <app@acme.example>",
        subject: "Hello",
      },
      attachments: [],
      size: 1,
    },
    flags: { "is-test-mode": false, "is-authenticated": true },
    "delivery-status": { code: 250, message: "OK", "attempt-no": 1, "mx-host": "mx.example.com" },
  });
});

test.each([
  ["deliver", "accepted", { event: "accepted" }],
  ["deliver", "unknown", { event: "some_future_event" }],
  ["soft_bounce", undefined, { event: "failed", severity: "temporary", "delivery-status": { code: 452 } }],
  ["soft_bounce", "greylisted", { severity: "temporary", reason: "greylisted", "delivery-status": { code: 450 } }],
  ["soft_bounce", "no-mx", { severity: "temporary", reason: "generic", "delivery-status": { code: 498 } }],
  ["soft_bounce", "old", { severity: "permanent", reason: "old" }],
  [
    "hard_bounce",
    undefined,
    {
      event: "failed",
      severity: "permanent",
      reason: "bounce",
      "log-level": "error",
      "delivery-status": { code: 550, "enhanced-code": "5.1.1" },
    },
  ],
  ["hard_bounce", "suppress-bounce", { reason: "suppress-bounce", "delivery-status": { code: 605 } }],
  ["hard_bounce", "suppress-unsubscribe", { reason: "suppress-unsubscribe", "delivery-status": { code: 606 } }],
  ["hard_bounce", "suppress-complaint", { reason: "suppress-complaint", "delivery-status": { code: 607 } }],
  ["complain", undefined, { event: "complained" }],
  ["open", undefined, { event: "opened", ip: "192.0.2.1", "client-info": { "client-name": "Safari" } }],
  ["click", undefined, { event: "clicked", url: "https://example.com/" }],
  ["unsubscribe", undefined, { event: "unsubscribed" }],
] as const)("%s, detail %s", async (action, detail, fields) => {
  expect(await fired(action, detail)).toMatchObject(fields);
});

test("what Mailgun itself rejects names no recipient", async () => {
  const data = await fired("hard_bounce", "rejected");
  expect(data).toMatchObject({ event: "rejected", reject: { reason: expect.any(String) } });
  expect(data).not.toHaveProperty("recipient");
});

test("each recipient has a post of its own, with a token of its own", async () => {
  await using target = await webhookTarget();
  await using webhooks = await testWebhooks({ targets: { mailgun: target.url } });
  const to = ["ada@example.com", "bob@example.com"];
  const mail = caughtBy("mailgun", { envelope: { from: "app@acme.example", to } });

  const delivery = await webhooks.fire(mail, "open");

  const bodies = [bodyOf(await target.post(1)), bodyOf(await target.post(2))];
  expect(bodies.map((body) => body["event-data"]["recipient"]).toSorted()).toEqual(to);
  expect(bodies[0]?.signature.token).toMatch(/^[0-9a-f]{50}$/);
  expect(bodies[0]?.signature.token).not.toBe(bodies[1]?.signature.token);
  expect(webhooks.log(mail.id)).toHaveLength(2);
  expect(JSON.parse(delivery.body)).toMatchObject({ "event-data": { recipient: "ada@example.com" } });
});

test("a replay has the same token", async () => {
  await using target = await webhookTarget();
  await using webhooks = await testWebhooks({ targets: { mailgun: target.url } });
  const { id } = await webhooks.fire(caughtBy("mailgun"), "open");
  await webhooks.replay(id);
  expect((await target.post(2)).rawBody).toEqual((await target.post(1)).rawBody);
});
