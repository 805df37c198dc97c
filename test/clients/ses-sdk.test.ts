import { GetAccountCommand, SESv2Client, SendBulkEmailCommand, SendEmailCommand } from "@aws-sdk/client-sesv2";
import { type Inbox, startInbox } from "@mail/inbox";
import { afterEach, beforeEach, expect, test } from "vitest";

let inbox: Inbox;
let client: SESv2Client;
beforeEach(async () => {
  inbox = await startInbox({ port: 0 });
  client = new SESv2Client({
    region: "eu-west-1",
    endpoint: inbox.urls.web,
    credentials: { accessKeyId: "AKIASDK", secretAccessKey: "secret" },
    maxAttempts: 1,
  });
});
afterEach(async () => {
  client.destroy();
  await inbox.close();
});

const simple = { Subject: { Data: "Hi" }, Body: { Text: { Data: "Hello" }, Html: { Data: "<p>Hello</p>" } } };
const from = { FromEmailAddress: "Acme <hello@acme.example>" };

test("a simple mail with tags and an attachment", async () => {
  const { MessageId } = await client.send(
    new SendEmailCommand({
      ...from,
      Destination: { ToAddresses: ["ada@example.com"], BccAddresses: ["archive@acme.example"] },
      Content: {
        Simple: {
          ...simple,
          Attachments: [{ FileName: "hi.txt", RawContent: Buffer.from("hi"), ContentType: "text/plain" }],
        },
      },
      EmailTags: [{ Name: "campaign", Value: "spring" }],
    }),
  );
  const caught = await inbox.waitFor(() => true);
  expect(caught).toMatchObject({
    via: "ses",
    inbox: "AKIASDK",
    providerId: MessageId,
    subject: "Hi",
    bcc: [{ address: "archive@acme.example" }],
    metadata: { campaign: "spring" },
    attachments: [{ filename: "hi.txt", size: 2 }],
  });
});

test("a raw mail, to the recipients in its headers", async () => {
  const source =
    "From: hello@acme.example\r\nTo: ada@example.com\r\nCc: bob@example.com\r\nSubject: Raw\r\n\r\nHello\r\n";
  await client.send(new SendEmailCommand({ Content: { Raw: { Data: Buffer.from(source) } } }));
  expect(inbox.messages()).toMatchObject([
    { subject: "Raw", envelope: { from: "hello@acme.example", to: ["ada@example.com", "bob@example.com"] } },
  ]);
});

test("a bulk request is a mail for each entry", async () => {
  const entry = (name: string) => ({
    Destination: { ToAddresses: [`${name.toLowerCase()}@example.com`] },
    ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: JSON.stringify({ name }) } },
  });
  const { BulkEmailEntryResults } = await client.send(
    new SendBulkEmailCommand({
      ...from,
      DefaultContent: {
        Template: {
          TemplateContent: { Subject: "Hi {{name}}", Text: "Hello {{name}}" },
          TemplateData: JSON.stringify({ name: "friend" }),
        },
      },
      BulkEmailEntries: [entry("Ada"), entry("Bob")],
    }),
  );
  expect(BulkEmailEntryResults).toMatchObject([{ Status: "SUCCESS" }, { Status: "SUCCESS" }]);
  expect(inbox.messages()).toMatchObject([
    { subject: "Hi Ada", providerId: BulkEmailEntryResults?.[0]?.MessageId },
    { subject: "Hi Bob", providerId: BulkEmailEntryResults?.[1]?.MessageId },
  ]);
});

test("the account may send", async () => {
  expect(await client.send(new GetAccountCommand({}))).toMatchObject({
    SendingEnabled: true,
    ProductionAccessEnabled: true,
    SendQuota: { Max24HourSend: expect.any(Number), MaxSendRate: expect.any(Number) },
  });
});

test.each([
  ["throttle@example.com", "TooManyRequestsException", 429],
  ["reject@example.com", "MessageRejected", 400],
  ["not an address", "BadRequestException", 400],
])("to %s an error is the SDK's %s", async (to, name, httpStatusCode) => {
  const command = new SendEmailCommand({ ...from, Destination: { ToAddresses: [to] }, Content: { Simple: simple } });
  await expect(client.send(command)).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
});
