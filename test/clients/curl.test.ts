import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Inbox, startInbox } from "@mail/inbox";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { isInstalled, run } from "./program.ts";

vi.setConfig({ testTimeout: 60_000 });

/** The providers' documented examples, with the host replaced. */
describe("curl", () => {
  if (!isInstalled("curl", ["curl", "--version"])) return;

  let inbox: Inbox;
  let folder: string;
  beforeEach(async () => {
    inbox = await startInbox({ port: 0 });
    folder = mkdtempSync(join(tmpdir(), "curl-"));
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await inbox.close();
  });

  async function curl(
    ...args: string[]
  ): Promise<{ readonly status: number; readonly head: string; readonly body: string }> {
    const { code, stdout, stderr } = await run("curl", ["--silent", "--show-error", "--include", ...args]);
    if (code !== 0) throw new Error(stderr);
    const [head = "", ...body] = stdout.replace(/^HTTP\/1.1 100 Continue\r\n\r\n/, "").split("\r\n\r\n");
    return { status: Number(head.split(" ")[1]), head, body: body.join("\r\n\r\n") };
  }

  // SendGrid documentation, "How to Send an Email with Twilio SendGrid", curl.
  test("SendGrid's mail/send", async () => {
    const { status, head, body } = await curl(
      "--request",
      "POST",
      "--url",
      `${inbox.urls.web}/v3/mail/send`,
      "--header",
      "Authorization: Bearer SG.curl",
      "--header",
      "Content-Type: application/json",
      "--data",
      '{"personalizations": [{"to": [{"email": "test@example.com"}]}],"from": {"email": "test@example.com"},"subject": "Sending with SendGrid is Fun","content": [{"type": "text/plain", "value": "and easy to do anywhere, even with cURL"}]}',
    );
    expect([status, body]).toEqual([202, ""]);
    const caught = await inbox.waitFor(() => true);
    expect(head).toMatch(new RegExp(`^x-message-id: ${caught.providerId}$`, "im"));
    expect(caught).toMatchObject({ inbox: "SG.curl", subject: "Sending with SendGrid is Fun" });
    expect(caught.request?.headers["authorization"]).not.toContain("SG.curl");
  });

  test("SendGrid without a key", async () => {
    const { status, body } = await curl(
      "--data",
      "{}",
      "--header",
      "Content-Type: application/json",
      `${inbox.urls.web}/v3/mail/send`,
    );
    expect([status, JSON.parse(body)]).toEqual([401, { errors: [expect.objectContaining({ field: null })] }]);
  });

  // Mailgun documentation, "Send an email", with files as curl reads them.
  test("Mailgun's messages", async () => {
    writeFileSync(join(folder, "cartman.jpg"), "not really a picture");
    const { status, body } = await curl(
      "--user",
      "api:key-curl",
      `${inbox.urls.web}/v3/YOUR-DOMAIN.example/messages`,
      "-F",
      "from=Excited User <mailgun@YOUR-DOMAIN.example>",
      "-F",
      "to=YOU@YOUR-DOMAIN.example",
      "-F",
      "to=bar@example.com",
      "-F",
      "subject=Hello",
      "-F",
      "text=Testing some Mailgun awesomeness!",
      "--form-string",
      "html=<html>HTML version of the body</html>",
      "-F",
      `attachment=@${join(folder, "cartman.jpg")}`,
      "-F",
      "o:tag=September newsletter",
      "-F",
      'v:my-custom-data={"my_message_id": 123}',
    );
    const caught = await inbox.waitFor(() => true);
    expect([status, JSON.parse(body)]).toEqual([200, { id: `<${caught.providerId}>`, message: "Queued. Thank you." }]);
    expect(caught).toMatchObject({
      inbox: "key-curl",
      from: { name: "Excited User" },
      envelope: { to: ["YOU@your-domain.example", "bar@example.com"] },
      tags: ["September newsletter"],
      metadata: { "my-custom-data": '{"my_message_id": 123}' },
      attachments: [{ filename: "cartman.jpg", contentType: "image/jpeg", size: 20 }],
    });
  });

  // Mailgun documentation, "Send an email in MIME format".
  test("Mailgun's messages.mime", async () => {
    writeFileSync(
      join(folder, "message.mime"),
      "From: a@acme.example\r\nTo: b@example.com\r\nSubject: MIME\r\n\r\nHello\r\n",
    );
    const { status } = await curl(
      "--user",
      "api:key-curl",
      `${inbox.urls.web}/v3/acme.example/messages.mime`,
      "-F",
      "to=bob@example.com",
      "-F",
      `message=@${join(folder, "message.mime")}`,
    );
    expect(status).toBe(200);
    expect(inbox.messages()).toMatchObject([{ subject: "MIME", envelope: { to: ["bob@example.com"] } }]);
  });

  test("Mailgun without a key", async () => {
    const { status, body } = await curl("-F", "to=a@example.com", `${inbox.urls.web}/v3/acme.example/messages`);
    expect([status, body.trim()]).toEqual([401, "Forbidden"]);
  });

  // curl signs for AWS by itself; the request is the example of "SendEmail" in the API reference of SES v2.
  test("SES' outbound-emails", async () => {
    const { status, body } = await curl(
      "--aws-sigv4",
      "aws:amz:us-east-1:ses",
      "--user",
      "AKIACURL:secret",
      "--header",
      "Content-Type: application/json",
      "--data",
      JSON.stringify({
        FromEmailAddress: "sender@example.com",
        Destination: { ToAddresses: ["recipient@example.com"] },
        Content: { Simple: { Subject: { Data: "Hi" }, Body: { Text: { Data: "Hello" } } } },
      }),
      `${inbox.urls.web}/v2/email/outbound-emails`,
    );
    const caught = await inbox.waitFor(() => true);
    expect([status, JSON.parse(body)]).toEqual([200, { MessageId: caught.providerId }]);
    expect(caught).toMatchObject({ via: "ses", inbox: "AKIACURL", subject: "Hi" });
  });

  test("mail by SMTP", async () => {
    const file = join(folder, "mail.txt");
    writeFileSync(file, "From: a@acme.example\r\nTo: b@example.com\r\nSubject: By curl\r\n\r\n.Hello\r\n");
    const { code } = await run("curl", [
      "--silent",
      "--url",
      inbox.urls.smtp,
      "--user",
      "team-red:any",
      "--mail-from",
      "a@acme.example",
      "--mail-rcpt",
      "b@example.com",
      "--mail-rcpt",
      "hidden@example.com",
      "--upload-file",
      file,
    ]);
    expect(code).toBe(0);
    expect(inbox.messages()).toMatchObject([
      { inbox: "team-red", subject: "By curl", bcc: [{ address: "hidden@example.com" }], text: ".Hello\n" },
    ]);
  });
});
