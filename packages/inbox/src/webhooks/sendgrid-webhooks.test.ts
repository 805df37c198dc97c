import { expect, test } from "vitest";
import { sendgridIsSigned } from "./verify-webhook.fixture.ts";
import type { webhookDetails } from "./webhook-details.ts";
import { type ReceivedPost, webhookTarget } from "./webhook-target.fixture.ts";
import { caughtBy, testWebhooks } from "./webhooks.fixture.ts";

function eventsIn(post: ReceivedPost): readonly Record<string, unknown>[] {
  return JSON.parse(post.rawBody.toString());
}

function isSigned(post: ReceivedPost, publicKey: string): boolean {
  return sendgridIsSigned({
    publicKey,
    timestamp: String(post.headers["x-twilio-email-event-webhook-timestamp"]),
    signature: String(post.headers["x-twilio-email-event-webhook-signature"]),
    rawBody: post.rawBody,
  });
}

async function fired(
  action: keyof (typeof webhookDetails)["sendgrid"],
  detail?: string,
  mail = caughtBy("sendgrid"),
): Promise<Record<string, unknown>> {
  await using target = await webhookTarget();
  await using webhooks = await testWebhooks({ targets: { sendgrid: target.url } });
  expect(await webhooks.fire(mail, action, { detail })).toMatchObject({ state: "delivered" });
  const post = await target.post(1);
  expect(isSigned(post, webhooks.keys.sendgridPublicKey)).toBe(true);
  return eventsIn(post)[0] ?? {};
}

test("an event carries ids, categories and custom arguments as SendGrid does", async () => {
  const event = await fired("deliver");
  expect(event).toEqual({
    email: "ada@example.com",
    timestamp: expect.any(Number),
    "smtp-id": "<hello-1@acme.example>",
    event: "delivered",
    category: ["welcome", "new"],
    sg_event_id: expect.stringMatching(/^[\w-]{22}$/),
    sg_message_id: expect.stringMatching(/^wrfRRvF7Q0GgwUo2CvDmEA\./),
    response: "250 2.0.0 OK",
    ip: "198.51.100.17",
    tls: 1,
    mail_id: "01900000-0000-7000-8000-00000000abcd",
    customer: "42",
  });
});

test.each([
  ["deliver", undefined, { event: "delivered" }],
  ["deliver", "processed", { event: "processed" }],
  ["deliver", "unknown", { event: "some_future_event" }],
  ["soft_bounce", undefined, { event: "bounce", type: "blocked", status: "4.2.2" }],
  ["soft_bounce", "blocked-by-policy", { event: "bounce", type: "blocked", status: "5.7.1" }],
  ["soft_bounce", "deferred", { event: "deferred", attempt: "1", response: expect.stringMatching(/^451/) }],
  ["hard_bounce", undefined, { event: "bounce", type: "bounce", status: "5.1.1", reason: expect.any(String) }],
  ["hard_bounce", "dropped-bounced-address", { event: "dropped", reason: "Bounced Address" }],
  ["hard_bounce", "dropped-unsubscribed-address", { event: "dropped", reason: "Unsubscribed Address" }],
  ["hard_bounce", "dropped-spam-reporting-address", { event: "dropped", reason: "Spam Reporting Address" }],
  ["hard_bounce", "dropped-spam-content", { event: "dropped", reason: "Spam Content" }],
  ["hard_bounce", "dropped-invalid", { event: "dropped", reason: "Invalid" }],
  ["complain", undefined, { event: "spamreport" }],
  ["open", undefined, { event: "open", useragent: expect.any(String), sg_machine_open: false }],
  ["open", "machine-open", { event: "open", sg_machine_open: true }],
  ["unsubscribe", undefined, { event: "unsubscribe" }],
  ["unsubscribe", "group-unsubscribe", { event: "group_unsubscribe", asm_group_id: 1, url: expect.any(String) }],
  ["unsubscribe", "group-resubscribe", { event: "group_resubscribe", asm_group_id: 1 }],
] as const)("%s, detail %s", async (action, detail, fields) => {
  expect(await fired(action, detail)).toMatchObject(fields);
});

test("events about readers carry no smtp-id", async () => {
  expect(await fired("open")).not.toHaveProperty("smtp-id");
});

test("a click reports the mail's first link, or the one that is named", async () => {
  const html =
    '<p><a class="x" href="https://acme.example/a?b=c&amp;d=é">go</a> <a href="https://other.example/">x</a>';
  expect(await fired("click", undefined, caughtBy("sendgrid", { html }))).toMatchObject({
    url: "https://acme.example/a?b=c&d=é",
    url_offset: { index: 0, type: "html" },
  });
  expect(await fired("click", undefined, caughtBy("sendgrid", { text: "see http://a.example/x now" }))).toMatchObject({
    url: "http://a.example/x",
  });
});

test("a custom argument cannot take the place of a field of the event", async () => {
  const mail = caughtBy("sendgrid", { metadata: { event: "spoofed", email: "x@y.example", extra: "1" }, tags: [] });
  const event = await fired("deliver", undefined, mail);
  expect(event).toMatchObject({ event: "delivered", email: "ada@example.com", extra: "1" });
  expect(event).not.toHaveProperty("category");
});

test("several recipients are several events in one post, which ends with a line break", async () => {
  await using target = await webhookTarget();
  await using webhooks = await testWebhooks({ targets: { sendgrid: target.url } });
  const to = ["ada@example.com", "jürgen@bücher.example", "bob@example.com"];
  const mail = caughtBy("sendgrid", { envelope: { from: "app@acme.example", to } });

  await webhooks.fire(mail, "deliver");
  await webhooks.fire(mail, "deliver", { recipient: ["bob@example.com"] });

  const [first, second] = [await target.post(1), await target.post(2)];
  expect(eventsIn(first).map(({ email }) => email)).toEqual(to);
  expect(new Set(eventsIn(first).map(({ sg_event_id }) => sg_event_id)).size).toBe(3);
  expect(first.rawBody.toString()).toMatch(/\]\r\n$/);
  expect(isSigned(first, webhooks.keys.sendgridPublicKey)).toBe(true);
  expect(eventsIn(second).map(({ email }) => email)).toEqual(["bob@example.com"]);
});

test("a batch mixes what happened to each recipient, or is empty", async () => {
  await using target = await webhookTarget();
  await using webhooks = await testWebhooks({ targets: { sendgrid: target.url } });
  const to = ["ada@example.com", "bob@example.com"];
  const mail = caughtBy("sendgrid", { envelope: { from: "app@acme.example", to } });

  await webhooks.fire(mail, "deliver", { detail: "mixed-batch", link: "https://acme.example/" });
  await webhooks.fire(mail, "deliver", { detail: "empty-batch" });

  const [mixed, empty] = [await target.post(1), await target.post(2)];
  const types = ["processed", "delivered", "open", "click", "bounce"];
  expect(eventsIn(mixed).map(({ event, email }) => [event, email])).toEqual(
    types.flatMap((type) => to.map((email) => [type, email])),
  );
  expect(new Set(eventsIn(mixed).map(({ sg_event_id }) => sg_event_id)).size).toBe(10);
  expect(eventsIn(mixed).filter(({ url }) => url !== undefined)).toMatchObject([
    { event: "click", url: "https://acme.example/" },
    { event: "click", url: "https://acme.example/" },
  ]);
  expect(eventsIn(empty)).toEqual([]);
  for (const post of [mixed, empty]) expect(isSigned(post, webhooks.keys.sendgridPublicKey)).toBe(true);
});

test("a replay has the same body and event ids, and a signature that holds", async () => {
  await using target = await webhookTarget();
  await using webhooks = await testWebhooks({ targets: { sendgrid: target.url } });
  const { id } = await webhooks.fire(caughtBy("sendgrid"), "hard_bounce");
  expect(await webhooks.replay(id)).toMatchObject({ id, attempts: [{ status: 200 }, { status: 200 }] });
  const [first, second] = [await target.post(1), await target.post(2)];
  expect(second.rawBody).toEqual(first.rawBody);
  expect(isSigned(second, webhooks.keys.sendgridPublicKey)).toBe(true);
});

test("another body or another key does not verify", async () => {
  await using target = await webhookTarget();
  await using webhooks = await testWebhooks({ targets: { sendgrid: target.url } });
  await webhooks.fire(caughtBy("sendgrid"), "deliver");
  const post = await target.post(1);
  const changed = { ...post, rawBody: Buffer.from(post.rawBody.toString().replace("delivered", "dropped")) };
  expect(isSigned(changed, webhooks.keys.sendgridPublicKey)).toBe(false);
});
