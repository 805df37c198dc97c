import { buffer } from "node:stream/consumers";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";
import { expect, onTestFinished, test } from "vitest";
import type { CaughtMail } from "../caught-mail.ts";
import type { FireOptions, WebhookAction, WebhookDelivery } from "../webhook.ts";
import type { WebhooksOptions } from "./create-webhooks.ts";
import { deafUrl } from "./webhook-target.fixture.ts";
import { caughtBy, testWebhooks } from "./webhooks.fixture.ts";

interface Received {
  readonly from: unknown;
  readonly to: readonly string[];
  readonly mail: Email;
}

/** A mail server that takes bounce mails, after the replies it is to give first. */
async function mailServer(...refusals: Error[]): Promise<{ readonly url: string; readonly received: Received[] }> {
  const received: Received[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    disableReverseLookup: true,
    onAuth: ({ username }, _session, callback) => callback(null, { user: username }),
    onData(stream, session, callback) {
      const { mailFrom, rcptTo } = session.envelope;
      const from = mailFrom === false ? "" : mailFrom.address;
      const to = rcptTo.map(({ address }) => address);
      void buffer(stream)
        .then((source) => PostalMime.parse(source, { attachmentEncoding: "utf8" }))
        .then((mail) => {
          received.push({ from, to, mail });
          callback(refusals.shift() ?? null);
        });
    },
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)));
  const address = server.server.address();
  return { url: `smtp://127.0.0.1:${typeof address === "object" && address?.port}`, received };
}

function part(mail: Email | undefined, mimeType: string): string {
  const found = mail?.attachments.find((attachment) => attachment.mimeType === mimeType);
  return String(found?.content);
}

const mail = caughtBy("smtp");

async function fired(
  action: WebhookAction,
  {
    mail: about = mail,
    how = {},
    options = {},
  }: Partial<{
    mail: CaughtMail;
    how: FireOptions;
    options: Partial<WebhooksOptions>;
  }> = {},
): Promise<{ readonly report: Received | undefined; readonly delivery: WebhookDelivery }> {
  const { url, received } = await mailServer();
  await using webhooks = await testWebhooks({ targets: { smtp: url }, ...options });
  const delivery = await webhooks.fire(about, action, how);
  return { report: received[0], delivery };
}

test("a hard bounce is a DSN from the null sender to the mail's sender", async () => {
  const source =
    "From: app@acme.example\r\nSubject: =?utf-8?q?H=C3=A4?=\r\n\tfolded\r\nMessage-ID: <hello-1@acme.example>\r\n\r\nBody\r\n";
  const { report, delivery } = await fired("hard_bounce", { options: { source: () => Buffer.from(source) } });
  expect(report).toMatchObject({ from: "", to: ["app@acme.example"] });
  expect(report?.mail.subject).toBe("Undelivered mail returned to sender");
  expect(report?.mail.text).toContain("<ada@example.com>");
  expect(report?.mail.headers).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ key: "auto-submitted", value: "auto-replied" }),
      expect.objectContaining({
        key: "content-type",
        value: expect.stringContaining("multipart/report; report-type=delivery-status"),
      }),
    ]),
  );
  const [perMessage, perRecipient, ...rest] = part(report?.mail, "message/delivery-status")
    .trim()
    .split(/\r?\n\r?\n/);
  expect(rest).toEqual([]);
  expect(perMessage?.split(/\r?\n/)).toEqual([
    "Reporting-MTA: dns; inbox.localhost",
    "Arrival-Date: Thu, 01 Jan 2026 00:00:00 +0000",
  ]);
  expect(perRecipient?.split(/\r?\n/)).toEqual([
    "Original-Recipient: rfc822; ada@example.com",
    "Final-Recipient: rfc822; ada@example.com",
    "Action: failed",
    "Status: 5.1.1",
    "Remote-MTA: dns; mx.example.com",
    "Diagnostic-Code: smtp; 550 5.1.1 User unknown",
    expect.stringMatching(/^Last-Attempt-Date: /),
  ]);
  expect(part(report?.mail, "text/rfc822-headers").replace(/\r\n/g, "\n").trimEnd()).toBe(
    "From: app@acme.example\nSubject: =?utf-8?q?H=C3=A4?=\n\tfolded\nMessage-ID: <hello-1@acme.example>",
  );
  expect(delivery).toMatchObject({
    state: "delivered",
    headers: { "MAIL FROM": "<>", "RCPT TO": "<app@acme.example>" },
    attempts: [{ status: 250 }],
  });
});

test.each([
  ["soft_bounce", undefined, "Action: failed", "Status: 4.2.2"],
  ["soft_bounce", "expired", "Action: failed", "Status: 4.4.7"],
  ["soft_bounce", "delayed", "Action: delayed", "Status: 4.4.1"],
  ["hard_bounce", "no-such-domain", "Action: failed", "Status: 5.1.2"],
  ["hard_bounce", "policy", "Action: failed", "Status: 5.7.1"],
] as const)("%s, detail %s", async (action, detail, ...lines) => {
  const { report } = await fired(action, { how: { detail } });
  const status = part(report?.mail, "message/delivery-status");
  for (const line of lines) expect(status).toContain(line);
  expect(status.includes("Will-Retry-Until: ")).toBe(detail === "delayed");
});

test("each recipient has a block of its own", async () => {
  const to = ["ada@example.com", "bob@example.org"];
  const { report } = await fired("hard_bounce", { mail: { ...mail, envelope: { from: "app@acme.example", to } } });
  expect(part(report?.mail, "message/delivery-status").match(/^Final-Recipient: .*$/gm)).toEqual([
    "Final-Recipient: rfc822; ada@example.com",
    "Final-Recipient: rfc822; bob@example.org",
  ]);
});

test("without the source, the headers are those that were read", async () => {
  const { report } = await fired("hard_bounce");
  expect(part(report?.mail, "text/rfc822-headers")).toContain("From: Acme <app@acme.example>");
});

test("the envelope id that the client gave comes back", async () => {
  const dialogue = ["C: MAIL FROM:<app@acme.example> RET=HDRS ENVID=a+2Bb+3Dc", "S: 250 ok"];
  const { report } = await fired("hard_bounce", { mail: { ...mail, dialogue } });
  expect(part(report?.mail, "message/delivery-status")).toContain("Original-Envelope-Id: a+b=c");
});

test("an address beyond ASCII is reported as RFC 6533 has it", async () => {
  const envelope = { from: "app@acme.example", to: ["jürgen@example.com"] };
  const { report } = await fired("hard_bounce", { mail: { ...mail, envelope } });
  expect(part(report?.mail, "message/global-delivery-status")).toContain("Final-Recipient: utf-8; jürgen@example.com");
});

test("a complaint is an ARF report", async () => {
  const { report } = await fired("complain");
  expect(report).toMatchObject({ from: "", to: ["app@acme.example"] });
  expect(report?.mail.headers.find(({ key }) => key === "content-type")?.value).toContain(
    "report-type=feedback-report",
  );
  const fields = part(report?.mail, "message/feedback-report");
  expect(fields.trim().split(/\r?\n/)).toEqual([
    "Feedback-Type: abuse",
    "User-Agent: Example Feedback Loop/1.0",
    "Version: 1",
    "Original-Mail-From: <app@acme.example>",
    "Original-Rcpt-To: <ada@example.com>",
    "Arrival-Date: Thu, 01 Jan 2026 00:00:00 +0000",
    "Reporting-MTA: dns; inbox.localhost",
    "Source-IP: 198.51.100.17",
    "Reported-Domain: acme.example",
  ]);
  expect(part(report?.mail, "text/rfc822-headers")).toContain("Subject: Hello");
});

test("a redacted complaint names nobody", async () => {
  const { report } = await fired("complain", { how: { detail: "redacted" } });
  expect(part(report?.mail, "message/feedback-report")).not.toContain("ada@example.com");
});

test.each(["delivered", "relayed"] as const)("a delivery is reported to who asked for it as %s", async (detail) => {
  const { report } = await fired("deliver", { how: { detail } });
  expect(report?.mail.subject).toBe("Successful mail delivery report");
  const status = part(report?.mail, "message/delivery-status");
  expect(status).toContain(`Action: ${detail}\nStatus: 2.0.0\n`);
  expect(status).not.toContain("Will-Retry-Until");
});

test.each(["open", "click", "unsubscribe"] as const)("%s has no mail that reports it", async (action) => {
  await using webhooks = await testWebhooks({ targets: { smtp: "smtp://127.0.0.1:2525" } });
  await expect(webhooks.fire(mail, action)).rejects.toThrow(`${action}: there is no mail that reports it`);
  expect(webhooks.log()).toEqual([]);
});

test("nobody is told of a mail from the null sender", async () => {
  await using webhooks = await testWebhooks({ targets: { smtp: "smtp://127.0.0.1:2525" } });
  const bounce = { ...mail, envelope: { from: "", to: ["bounce@example.com"] } };
  await expect(webhooks.fire(bounce, "hard_bounce")).rejects.toThrow("null sender");
});

test("a temporary refusal is tried again, a permanent one is not", async () => {
  const temporary = Object.assign(new Error("4.3.0 later"), { responseCode: 451 });
  const permanent = Object.assign(new Error("5.7.1 no"), { responseCode: 550 });
  const { url, received } = await mailServer(temporary, permanent);
  await using webhooks = await testWebhooks({ targets: { smtp: url }, retryDelaysMs: { smtp: [100_000] } });
  const pending = await webhooks.fire(mail, "hard_bounce");
  expect(pending).toMatchObject({
    state: "pending",
    attempts: [{ status: 451, error: expect.stringContaining("later") }],
  });
  expect(await webhooks.replay(pending.id)).toMatchObject({ state: "failed", attempts: [{}, { status: 550 }] });
  expect(received).toHaveLength(2);
});

test("a password in the target's address is not sent in the clear, nor shown", async () => {
  const { url, received } = await mailServer();
  await using webhooks = await testWebhooks({ targets: { smtp: url.replace("//", "//user:secret@") } });
  const delivery = await webhooks.fire(mail, "hard_bounce");
  expect(delivery).toMatchObject({ url, state: "failed", attempts: [{ error: expect.stringContaining("STARTTLS") }] });
  expect(received).toEqual([]);
  expect(JSON.stringify(webhooks.log())).not.toContain("secret");
});

test("a server that is not there is told in the log", async () => {
  const url = (await deafUrl()).replace("http:", "smtp:").replace("/webhooks", "");
  await using webhooks = await testWebhooks({ targets: { smtp: url } });
  expect(await webhooks.fire(mail, "complain")).toMatchObject({
    state: "pending",
    attempts: [{ error: expect.stringContaining("ECONNREFUSED") }],
  });
});
