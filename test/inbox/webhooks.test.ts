import { type Inbox, startInbox, type Via, type WebhookAction } from "@mail/inbox";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  mailgunIsSigned,
  sendgridIsSigned,
  snsIsSigned,
} from "../../packages/inbox/src/webhooks/verify-webhook.fixture.ts";
import {
  type ReceivedPost,
  type WebhookTarget,
  webhookTarget,
} from "../../packages/inbox/src/webhooks/webhook-target.fixture.ts";
import { sendBy } from "./send-by.ts";

const apis = ["sendgrid", "mailgun", "ses"] as const;
const actions: readonly WebhookAction[] = [
  "deliver",
  "soft_bounce",
  "hard_bounce",
  "complain",
  "open",
  "click",
  "unsubscribe",
];

let app: WebhookTarget;
let inbox: Inbox;
beforeEach(async () => {
  app = await webhookTarget();
  inbox = await startInbox({ port: 0 });
});
afterEach(async () => {
  await inbox.close();
  await app[Symbol.asyncDispose]();
});

/** The first post about a mail: SNS asks before whether the endpoint wants any. */
async function firstEvent(): Promise<ReceivedPost> {
  for (let n = 1; ; n++) {
    const post = await app.post(n);
    if (post.headers["x-amz-sns-message-type"] !== "SubscriptionConfirmation") return post;
  }
}

const json = ({ rawBody }: ReceivedPost) => JSON.parse(rawBody.toString());

/** Whether an app that holds the inbox's public keys believes the post. */
async function isSigned(via: Via, post: ReceivedPost): Promise<boolean> {
  const { sendgridPublicKey, mailgunSigningKey, sesTopicArn } = inbox.webhookKeys;
  if (via === "sendgrid") {
    const header = (name: string) => String(post.headers[`x-twilio-email-event-webhook-${name}`]);
    const { rawBody } = post;
    const [timestamp, signature] = [header("timestamp"), header("signature")];
    return sendgridIsSigned({ publicKey: sendgridPublicKey, timestamp, signature, rawBody });
  }
  if (via === "mailgun") return mailgunIsSigned({ signingKey: mailgunSigningKey, ...json(post).signature });
  const notice = json(post);
  const certificate = await (await fetch(notice.SigningCertURL)).text();
  return notice.TopicArn === sesTopicArn && snsIsSigned(notice, certificate);
}

describe.each(apis)("webhooks of %s", (via) => {
  beforeEach(() => inbox.setWebhookTargets({ [via]: app.url }));

  test.each(actions)("report %s of a mail that our adapter sent, and are signed", async (action) => {
    const receipt = await sendBy(via, inbox);
    const mail = await inbox.waitFor(({ mailId }) => mailId === receipt.id);
    const delivery = await inbox.fire(mail.id, action);
    const post = await firstEvent();
    expect(await isSigned(via, post)).toBe(true);
    expect(delivery).toMatchObject({ action, mailId: mail.id, body: post.rawBody.toString() });
    const text = post.rawBody.toString();
    expect(text).toContain("ada@example.com");
    expect(text).toContain(receipt.id);
    expect(text).toContain(receipt.providerId);
  });

  test("do not verify once a byte is changed", async () => {
    await sendBy(via, inbox);
    const mail = await inbox.waitFor(() => true);
    await inbox.fire(mail.id, "deliver");
    const post = await firstEvent();
    const changed = { ...post, rawBody: Buffer.from(changeOne(post.rawBody.toString(), via)) };
    expect(await isSigned(via, changed)).toBe(false);
  });

  test("follow by themselves where the address says so", async () => {
    const { id } = await sendBy(via, inbox, { to: "bounce@example.com" });
    const post = await firstEvent();
    expect(await isSigned(via, post)).toBe(true);
    expect(post.rawBody.toString()).toContain(id);
  });
});

/** Mailgun signs its token, not the body. */
function changeOne(body: string, via: Via): string {
  if (via !== "mailgun") return body.replace("ada@example.com", "eve@example.com");
  const event = JSON.parse(body);
  return JSON.stringify({ ...event, signature: { ...event.signature, token: `0${event.signature.token.slice(1)}x` } });
}

test("Mailgun's old forms and SendGrid's batches are reached by the JSON API", async () => {
  inbox.setWebhookTargets({ sendgrid: app.url, mailgun: app.url });
  const details = await (await fetch(`${inbox.urls.web}/api/v1/webhooks/details`)).json();
  expect(details).toMatchObject({
    mailgun: { hard_bounce: expect.arrayContaining(["legacy-dropped-bounce"]) },
    sendgrid: { deliver: expect.arrayContaining(["mixed-batch", "empty-batch"]) },
  });

  const { id, providerId } = await sendBy("mailgun", inbox, { tags: ["welcome"], metadata: { customer: "42" } });
  await fireOn("mailgun", { action: "hard_bounce", detail: "legacy-dropped-bounce" });
  const form = new URLSearchParams((await app.post(1)).rawBody.toString());
  expect(Object.fromEntries(form)).toMatchObject({
    event: "dropped",
    domain: "inbox.example",
    "Message-Id": `<${providerId}>`,
    customer: "42",
    "X-Mailgun-Tag": "welcome",
  });
  expect(JSON.parse(form.get("message-headers") ?? "")).toContainEqual(["X-Mail-Id", id]);

  await sendBy("sendgrid", inbox);
  await fireOn("sendgrid", { action: "deliver", detail: "empty-batch" });
  expect(json(await app.post(2))).toEqual([]);
});

async function fireOn(via: Via, event: { readonly action: WebhookAction; readonly detail: string }): Promise<void> {
  const mail = await inbox.waitFor((caught) => caught.via === via);
  const answer = await fetch(`${inbox.urls.web}/api/v1/mails/${mail.id}/events`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(event),
  });
  expect(answer.status).toBe(201);
}

describe("SMTP", () => {
  test.each(["soft_bounce", "hard_bounce", "complain"] as const)(
    "reports %s by a mail to the sender",
    async (action) => {
      await using reports = await startInbox({ port: 0 });
      inbox.setWebhookTargets({ smtp: reports.urls.smtp });
      const receipt = await sendBy("smtp", inbox);
      const mail = await inbox.waitFor(({ mailId }) => mailId === receipt.id);
      await inbox.fire(mail.id, action);
      const report = await reports.waitFor(() => true);
      expect(report.envelope).toMatchObject({ from: "", to: ["hello@acme.example"] });
      const source = Buffer.from(reports.source(report.id) ?? "").toString("latin1");
      const kind = action === "complain" ? "feedback-report" : "delivery-status";
      expect(source).toMatch(new RegExp(`^Content-Type: multipart/report;[^]*?report-type="?${kind}`, "im"));
      expect(source).toContain(receipt.id);
    },
  );
});
