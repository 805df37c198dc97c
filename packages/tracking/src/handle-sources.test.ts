import { createHmac, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mailgunEvents } from "@mail/mailgun/events";
import { sendgridEvents } from "@mail/sendgrid/events";
import { sesEvents } from "@mail/ses/events";
import { bounceEvents } from "@mail/smtp/events";
import { sqliteStore } from "@mail/store/sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { createTracker } from "./create-tracker.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const signingKey = randomBytes(16).toString("hex");
const topicArn = "arn:aws:sns:eu-west-1:123456789012:mail";

async function open() {
  const folder = await mkdtemp(join(tmpdir(), "mail-tracking-"));
  const store = sqliteStore({ file: join(folder, "mail.db") });
  const tracker = createTracker({
    store,
    sources: {
      sendgrid: sendgridEvents({ publicKey: publicKey.export({ type: "spki", format: "der" }).toString("base64") }),
      mailgun: mailgunEvents({ signingKey, store }),
      ses: sesEvents({ topicArns: [topicArn] }),
      smtp: bounceEvents(),
    },
  });
  onTestFinished(async () => {
    await tracker.close();
    await store.close();
    await rm(folder, { recursive: true });
  });
  return tracker;
}

function post(body: string, headers: Readonly<Record<string, string>> = {}): Request {
  return new Request("https://app.example/mail/events", {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
  });
}

function fromSendgrid(events: readonly object[], key = privateKey): Request {
  return signedBySendgrid(`${JSON.stringify(events)}\r\n`, key);
}

function signedBySendgrid(body: string, key = privateKey): Request {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  return post(body, {
    "x-twilio-email-event-webhook-timestamp": timestamp,
    "x-twilio-email-event-webhook-signature": sign("sha256", Buffer.from(timestamp + body), key).toString("base64"),
  });
}

function fromMailgun(event: object, key = signingKey): Request {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const token = randomBytes(25).toString("hex");
  const signature = createHmac("sha256", key)
    .update(timestamp + token)
    .digest("hex");
  return post(JSON.stringify({ signature: { timestamp, token, signature }, "event-data": event }));
}

const notification = {
  Type: "Notification",
  MessageId: "1",
  TopicArn: topicArn,
  Message: "{}",
  Timestamp: new Date().toISOString(),
  SignatureVersion: "2",
  Signature: "aGVsbG8=",
  SigningCertURL: "https://sns.eu-west-1.amazonaws.com.evil.example/cert.pem",
};

describe("what providers post", () => {
  test("is kept in SQLite once, as one mail's, whoever reports it", async () => {
    const tracker = await open();
    const bounce = { event: "bounce", type: "bounce", status: "5.1.1", email: "Gone@example.com", mail_id: "mail-1" };
    const posts = () => [
      tracker.handle(fromSendgrid([{ ...bounce, sg_event_id: "a", timestamp: 1_795_600_000 }]), "sendgrid"),
      tracker.handle(
        fromMailgun({
          event: "opened",
          id: "b",
          timestamp: 1_795_600_001.5,
          recipient: "ada@example.com",
          "user-variables": { mail_id: "mail-1" },
        }),
        "mailgun",
      ),
    ];
    const responses = await Promise.all([...posts(), ...posts()]);
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(await tracker.timeline("mail-1")).toMatchObject([
      { type: "bounced", provider: "sendgrid", permanent: true },
      { type: "opened", provider: "mailgun" },
    ]);
    expect(await tracker.suppressions.get("gone@example.com")).toMatchObject([{ reason: "bounced" }]);
  });

  test.each([
    ["sendgrid", "forged", () => fromSendgrid([], generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey), 401],
    ["sendgrid", "unsigned", () => post("[]"), 401],
    ["sendgrid", "of no JSON", () => signedBySendgrid("[{"), 400],
    ["mailgun", "forged", () => fromMailgun({ event: "opened", id: "1" }, "another key"), 406],
    ["mailgun", "unsigned", () => post("{}"), 406],
    ["ses", "of another topic", () => post(JSON.stringify({ ...notification, TopicArn: `${topicArn}s` })), 401],
    ["ses", "signed by a look-alike host", () => post(JSON.stringify(notification)), 401],
    ["ses", "too large", () => post(" ".repeat(1_100_000)), 413],
  ])("by %s is refused where it is %s, and nothing is stored", async (source, _what, request, status) => {
    const tracker = await open();
    expect((await tracker.handle(request(), source)).status).toBe(status);
    expect((await tracker.recent()).events).toEqual([]);
  });
});
