import { expect, test } from "vitest";
import type { CaughtMail } from "../caught-mail.ts";
import type { WebhookAction } from "../webhook.ts";
import { mailgunIsSigned } from "./verify-webhook.fixture.ts";
import { webhookTarget } from "./webhook-target.fixture.ts";
import { caughtBy, testWebhooks } from "./webhooks.fixture.ts";

/** The form that is posted, its signature checked as an app does: by the last field of each name. */
async function fired(action: WebhookAction, detail: string, mail: Partial<CaughtMail> = {}): Promise<URLSearchParams> {
  await using target = await webhookTarget();
  await using webhooks = await testWebhooks({ targets: { mailgun: target.url } });
  await webhooks.fire(caughtBy("mailgun", mail), action, { detail });
  const { headers, rawBody } = await target.post(1);
  expect(headers["content-type"]).toBe("application/x-www-form-urlencoded");
  const form = new URLSearchParams(rawBody.toString());
  const last = (name: string): string => form.getAll(name).at(-1) ?? "";
  const signed = { timestamp: last("timestamp"), token: last("token"), signature: last("signature") };
  expect(mailgunIsSigned({ ...signed, signingKey: webhooks.keys.mailgunSigningKey })).toBe(true);
  return form;
}

test("an old delivery carries ids, tags, variables and headers as Mailgun did", async () => {
  const form = await fired("deliver", "legacy-delivered", {
    request: { method: "POST", path: "/v3/mg.acme.example/messages", headers: {}, body: "" },
    headers: [
      { name: "From", value: "Acme <app@acme.example>" },
      { name: "X-Mailgun-Variables", value: "as the client wrote it" },
      { name: "Content-Type", value: 'multipart/alternative; boundary="b"' },
    ],
    metadata: { customer: "42", order: '{"number":7}' },
  });
  expect([...form.keys()]).toEqual([
    "event",
    "recipient",
    "domain",
    "message-headers",
    "X-Mailgun-Sid",
    "X-Mailgun-Tag",
    "X-Mailgun-Tag",
    "Message-Id",
    "customer",
    "order",
    "timestamp",
    "token",
    "signature",
  ]);
  expect(Object.fromEntries(form)).toMatchObject({
    event: "delivered",
    recipient: "ada@example.com",
    domain: "mg.acme.example",
    "Message-Id": "<20260101000000.1f3a@acme.example>",
    customer: "42",
    order: '{"number":7}',
    timestamp: expect.stringMatching(/^\d{10}$/),
    token: expect.stringMatching(/^[0-9a-f]{50}$/),
  });
  expect(form.getAll("X-Mailgun-Tag")).toEqual(["welcome", "new"]);
  expect(JSON.parse(form.get("message-headers") ?? "")).toEqual([
    ["X-Mailgun-Sid", form.get("X-Mailgun-Sid")],
    ["X-Mailgun-Variables", '{"customer":"42","order":"{\\"number\\":7}"}'],
    ["From", "Acme <app@acme.example>"],
    ["Content-Type", ["multipart/alternative", { boundary: "b" }]],
  ]);
});

test.each([
  ["soft_bounce", "legacy-dropped-old", { event: "dropped", reason: "old", code: "499" }],
  ["hard_bounce", "legacy-bounced", { event: "bounced", code: "550", error: expect.stringMatching(/^5\.1\.1 /) }],
  [
    "hard_bounce",
    "legacy-bounced-enhanced-code",
    { event: "bounced", code: "5.1.1", error: expect.stringMatching(/^smtp;550 5\.1\.1 /) },
  ],
  ["hard_bounce", "legacy-dropped-bounce", { event: "dropped", reason: "hardfail", code: "605" }],
  ["hard_bounce", "legacy-dropped-unsubscribe", { event: "dropped", reason: "hardfail", code: "606" }],
  ["hard_bounce", "legacy-dropped-complaint", { event: "dropped", reason: "hardfail", code: "607" }],
  ["complain", "legacy-complained", { event: "complained", "Message-Id": expect.any(String) }],
] as const)("%s, detail %s, about a mail with a file", async (action, detail, fields) => {
  const file = { index: 0, contentType: "text/plain", disposition: "attachment", size: 1 } as const;
  const form = await fired(action, detail, { attachments: [file] });
  expect(Object.fromEntries(form)).toMatchObject({ ...fields, domain: "acme.example", "attachment-count": "1" });
  expect(form.has("message-headers")).toBe(true);
});

test.each([
  ["open", "legacy-opened", { event: "opened" }],
  ["click", "legacy-clicked", { event: "clicked", url: "https://acme.example/a?b=c&d=é" }],
  ["unsubscribe", "legacy-unsubscribed", { event: "unsubscribed" }],
] as const)("%s, detail %s, knows the reader and no headers", async (action, detail, fields) => {
  const form = await fired(action, detail, { text: "https://acme.example/a?b=c&d=é" });
  expect(Object.fromEntries(form)).toMatchObject({
    ...fields,
    ip: "192.0.2.1",
    country: "US",
    "client-type": "browser",
    "user-agent": expect.stringMatching(/^Mozilla/),
    "message-id": "20260101000000.1f3a@acme.example",
    customer: "42",
  });
  expect(form.getAll("tag")).toEqual(["welcome", "new"]);
  expect(form.has("message-headers")).toBe(false);
});

test("variables that are named like fields of the event stand beside them, the signature's own last", async () => {
  const metadata = {
    event: "my event",
    recipient: "my recipient",
    timestamp: "my timestamp",
    token: "my token",
    signature: "my signature",
    "message-headers": "my headers",
    "ordinary field": "my value",
  };
  const form = await fired("click", "legacy-clicked", { metadata });
  expect(form.getAll("event")).toEqual(["clicked", "my event"]);
  expect(form.getAll("recipient")).toEqual(["ada@example.com", "my recipient"]);
  expect(form.getAll("timestamp")).toEqual(["my timestamp", expect.stringMatching(/^\d{10}$/)]);
  expect(form.getAll("token")).toEqual(["my token", expect.stringMatching(/^[0-9a-f]{50}$/)]);
  expect(form.getAll("signature")).toEqual(["my signature", expect.stringMatching(/^[0-9a-f]{64}$/)]);
  expect(form.getAll("ordinary field")).toEqual(["my value"]);
  expect(form.has("message-headers")).toBe(false);
});
