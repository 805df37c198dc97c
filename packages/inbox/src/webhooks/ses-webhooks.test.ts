import { expect, test } from "vitest";
import type { WebhookAction } from "../webhook.ts";
import { snsIsSigned } from "./verify-webhook.fixture.ts";
import { type ReceivedPost, webhookTarget } from "./webhook-target.fixture.ts";
import { caughtBy, testWebhooks } from "./webhooks.fixture.ts";

type Json = Readonly<Record<string, unknown>>;

function messageIn(post: ReceivedPost): Readonly<Record<string, string>> {
  return JSON.parse(post.rawBody.toString());
}

function recordIn(post: ReceivedPost): Json {
  return JSON.parse(messageIn(post)["Message"] ?? "");
}

async function fired(action: WebhookAction, detail?: string, mail = caughtBy("ses")): Promise<Json> {
  await using target = await webhookTarget();
  await using webhooks = await testWebhooks();
  await webhooks.fire(mail, action, { detail, url: target.url });
  const post = await target.post(1);
  expect(snsIsSigned(messageIn(post), webhooks.keys.sesCertificate)).toBe(true);
  return recordIn(post);
}

test("an event comes in an SNS envelope, with the headers of SNS", async () => {
  await using target = await webhookTarget();
  await using webhooks = await testWebhooks();
  await webhooks.fire(caughtBy("ses"), "deliver", { url: target.url });

  const post = await target.post(1);
  const message = messageIn(post);
  const arn = webhooks.keys.sesTopicArn;
  expect(message).toEqual({
    Type: "Notification",
    MessageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    TopicArn: arn,
    Subject: "Amazon SES Email Event Notification",
    Message: expect.stringMatching(/\}\n$/),
    Timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    SignatureVersion: "1",
    Signature: expect.any(String),
    SigningCertURL: "http://127.0.0.1:8025/sns/certificate.pem",
    UnsubscribeURL: expect.stringContaining("http://127.0.0.1:8025/sns/?Action=Unsubscribe&SubscriptionArn="),
  });
  expect(post.headers).toMatchObject({
    "content-type": "text/plain; charset=UTF-8",
    "x-amz-sns-message-type": "Notification",
    "x-amz-sns-message-id": message["MessageId"],
    "x-amz-sns-topic-arn": arn,
    "x-amz-sns-subscription-arn": expect.stringContaining(`${arn}:`),
  });
});

test.each(["1", "2"] as const)(
  "signature version %s verifies, and no longer once the message is changed",
  async (version) => {
    await using target = await webhookTarget();
    await using webhooks = await testWebhooks({ snsSignatureVersion: version });
    await webhooks.fire(caughtBy("ses"), "hard_bounce", { url: target.url });
    const message = messageIn(await target.post(1));
    expect(message["SignatureVersion"]).toBe(version);
    expect(snsIsSigned(message, webhooks.keys.sesCertificate)).toBe(true);
    for (const name of ["Message", "MessageId", "Subject", "Timestamp", "TopicArn"])
      expect(snsIsSigned({ ...message, [name]: `${message[name]}x` }, webhooks.keys.sesCertificate)).toBe(false);
  },
);

test("topic and certificate address can be those of Amazon", async () => {
  await using target = await webhookTarget();
  const signingCertUrl = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem";
  const topicArn = "arn:aws:sns:eu-west-1:999999999999:mail";
  await using webhooks = await testWebhooks({ signingCertUrl, topicArn });
  await webhooks.fire(caughtBy("ses"), "open", { url: target.url });
  const post = await target.post(1);
  expect(messageIn(post)).toMatchObject({ SigningCertURL: signingCertUrl, TopicArn: topicArn });
  expect(recordIn(post)).toMatchObject({ mail: { sendingAccountId: "999999999999" } });
});

test("a record tells of the mail as SES does", async () => {
  const record = await fired("hard_bounce");
  expect(record).toEqual({
    eventType: "Bounce",
    bounce: {
      feedbackId: expect.any(String),
      bounceType: "Permanent",
      bounceSubType: "General",
      bouncedRecipients: [
        {
          emailAddress: "ada@example.com",
          action: "failed",
          status: "5.1.1",
          diagnosticCode: "smtp; 550 5.1.1 user unknown",
        },
      ],
      timestamp: expect.any(String),
      reportingMTA: expect.stringMatching(/^dsn; /),
    },
    mail: {
      timestamp: "2026-01-01T00:00:00.000Z",
      source: "app@acme.example",
      sourceArn: "arn:aws:ses:us-east-1:123456789012:identity/acme.example",
      sendingAccountId: "123456789012",
      messageId: "wrfRRvF7Q0GgwUo2CvDmEA",
      destination: ["ada@example.com"],
      headersTruncated: false,
      headers: expect.arrayContaining([{ name: "Subject", value: "Hello" }]),
      commonHeaders: {
        from: ["Acme <app@acme.example>"],
        to: ["ada@example.com"],
        date: "Thu, 01 Jan 2026 00:00:00 +0000",
        messageId: "<hello-1@acme.example>",
        subject: "Hello",
      },
      tags: expect.objectContaining({
        mail_id: ["01900000-0000-7000-8000-00000000abcd"],
        customer: ["42"],
        tag_1: ["welcome"],
        "ses:from-domain": ["acme.example"],
      }),
    },
  });
});

const recipient = { emailAddress: "ada@example.com" };

test.each<[WebhookAction, string | undefined, Json]>([
  ["deliver", undefined, { eventType: "Delivery", delivery: { recipients: ["ada@example.com"] } }],
  ["deliver", "send", { eventType: "Send", send: {} }],
  ["deliver", "identity-notification", { notificationType: "Delivery", delivery: { remoteMtaIp: expect.any(String) } }],
  ["deliver", "unknown", { eventType: "SomeFutureEvent" }],
  ["soft_bounce", undefined, { bounce: { bounceType: "Transient", bounceSubType: "General" } }],
  ["soft_bounce", "mailbox-full", { bounce: { bounceType: "Transient", bounceSubType: "MailboxFull" } }],
  ["soft_bounce", "message-too-large", { bounce: { bounceSubType: "MessageTooLarge" } }],
  ["soft_bounce", "undetermined", { bounce: { bounceType: "Undetermined", bounceSubType: "Undetermined" } }],
  ["soft_bounce", "delivery-delay", { eventType: "DeliveryDelay", deliveryDelay: { delayedRecipients: [recipient] } }],
  ["hard_bounce", "suppressed", { bounce: { bounceType: "Permanent", bounceSubType: "Suppressed" } }],
  ["hard_bounce", "on-account-suppression-list", { bounce: { bounceSubType: "OnAccountSuppressionList" } }],
  ["hard_bounce", "identity-notification", { notificationType: "Bounce", bounce: { bounceType: "Permanent" } }],
  ["hard_bounce", "reject", { eventType: "Reject", reject: { reason: "Bad content" } }],
  ["hard_bounce", "rendering-failure", { eventType: "Rendering Failure", failure: { templateName: "MyTemplate" } }],
  [
    "complain",
    undefined,
    { eventType: "Complaint", complaint: { complainedRecipients: [recipient], complaintFeedbackType: "abuse" } },
  ],
  ["complain", "identity-notification", { notificationType: "Complaint", complaint: expect.any(Object) }],
  ["complain", "on-account-suppression-list", { complaint: { complaintSubType: "OnAccountSuppressionList" } }],
  ["open", undefined, { eventType: "Open", open: { ipAddress: "192.0.2.1", userAgent: expect.any(String) } }],
  ["click", undefined, { eventType: "Click", click: { link: "https://example.com/" } }],
  [
    "unsubscribe",
    undefined,
    { eventType: "Subscription", subscription: { newTopicPreferences: { unsubscribeAll: true } } },
  ],
  ["unsubscribe", "resubscribe", { subscription: { newTopicPreferences: { unsubscribeAll: false } } }],
])("%s, detail %s", async (action, detail, fields) => {
  const record = await fired(action, detail);
  expect(record).toMatchObject(fields);
  expect("eventType" in record).toBe(!("notificationType" in record));
  expect("tags" in (record["mail"] as Json)).toBe("eventType" in record);
});

test("two of three recipients bounce; all three are the mail's destination", async () => {
  await using target = await webhookTarget();
  await using webhooks = await testWebhooks();
  const to = ["ada@example.com", "bob@example.com", "cy@example.com"];
  const mail = caughtBy("ses", { envelope: { from: "app@acme.example", to } });
  await webhooks.fire(mail, "hard_bounce", { url: target.url, recipient: [to[0] ?? "", to[2] ?? ""] });
  expect(recordIn(await target.post(1))).toMatchObject({
    bounce: { bouncedRecipients: [{ emailAddress: "ada@example.com" }, { emailAddress: "cy@example.com" }] },
    mail: { destination: to },
  });
});

test("headers are left out beyond 10 KB", async () => {
  const headers = Array.from({ length: 20 }, (_, n) => ({ name: `X-${n}`, value: "é".repeat(500) }));
  const { mail } = await fired("open", undefined, caughtBy("ses", { headers }));
  expect(mail).toMatchObject({ headersTruncated: true });
  expect((mail as { readonly headers: readonly unknown[] }).headers).toHaveLength(10);
});
