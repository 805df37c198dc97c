import { createMailer, rateLimit } from "@mail/core";
import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { context, credentials, failure, send } from "./mail.fixture.ts";
import type { WireRequest } from "./ses-server.fixture.ts";
import { ses } from "./ses-transport.ts";

const address = "https://email.eu-west-1.amazonaws.com/v2/email";
const requests: Request[] = [];
const unhandled: string[] = [];
const server = setupServer(
  http.post(`${address}/outbound-emails`, ({ request }) => {
    requests.push(request.clone());
    return HttpResponse.json({ MessageId: "0102018f-1" });
  }),
);

beforeAll(() => {
  server.listen({ onUnhandledFrame: "error" });
  server.events.on("request:unhandled", ({ request }) => unhandled.push(request.url));
});
afterEach(() => {
  expect(unhandled).toEqual([]);
  requests.length = 0;
  server.resetHandlers();
});
afterAll(() => server.close());

const transport = () => ses({ region: "eu-west-1", credentials });
const onlyRequest = (): Request => {
  expect(requests).toHaveLength(1);
  return requests[0] as Request;
};
const sentBody = async () => (await onlyRequest().json()) as WireRequest;

describe("ses", () => {
  it("sends simple content, signed, to the region's endpoint", async () => {
    const receipt = await send(transport(), { html: "<p>Hello</p>", tags: ["welcome"], metadata: { user: "ada@x" } });
    const request = onlyRequest();
    expect(request.url).toBe(`${address}/outbound-emails`);
    expect(request.headers.get("authorization")).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/ses\//,
    );
    expect(request.headers.get("x-amz-security-token")).toBe(credentials.sessionToken);
    expect(await sentBody()).toEqual({
      FromEmailAddress: "Acme <hello@acme.example>",
      Destination: { ToAddresses: ["ada@example.com"] },
      Content: {
        Simple: {
          Subject: { Data: "Hi", Charset: "UTF-8" },
          Body: { Text: { Data: "Hello", Charset: "UTF-8" }, Html: { Data: "<p>Hello</p>", Charset: "UTF-8" } },
          Headers: [{ Name: "X-Mail-Id", Value: receipt.id }],
        },
      },
      EmailTags: [
        { Name: "mail_id", Value: receipt.id },
        { Name: "tag_1", Value: "welcome" },
        { Name: "user", Value: "ada-x40-x" },
      ],
    });
    expect(receipt).toMatchObject({
      status: "sent",
      providerId: "0102018f-1",
      accepted: ["ada@example.com"],
      rejected: [],
    });
    expect(receipt).not.toHaveProperty("messageId");
    expect(receipt).not.toHaveProperty("dropped");
  });

  it("encodes names, subject and header values beyond ASCII, and quotes names where needed", async () => {
    await send(transport(), {
      from: { name: "Grüße", address: "hello@acme.example" },
      to: ['"Lovelace, Ada" <ada@example.com>', "bob@bücher.example"],
      cc: { name: 'B "Bob"', address: "bob@example.com" },
      bcc: { name: "Spÿ", address: "spy@example.com" },
      replyTo: "Büro <help@acme.example>",
      subject: "Grüße",
      headers: { "X-Own": "ü" },
      unsubscribe: { url: "https://acme.example/u" },
    });
    const { FromEmailAddress, Destination, ReplyToAddresses, Content } = await sentBody();
    expect(FromEmailAddress).toBe("=?UTF-8?B?R3LDvMOfZQ==?= <hello@acme.example>");
    expect(Destination).toEqual({
      ToAddresses: ['"Lovelace, Ada" <ada@example.com>', "bob@xn--bcher-kva.example"],
      CcAddresses: ['"B \\"Bob\\"" <bob@example.com>'],
      BccAddresses: ["spy@example.com"],
    });
    expect(ReplyToAddresses).toEqual(["=?UTF-8?B?QsO8cm8=?= <help@acme.example>"]);
    expect(Content?.Simple?.Subject?.Data).toBe("=?UTF-8?B?R3LDvMOfZQ==?=");
    expect(Content?.Simple?.Headers).toEqual(
      expect.arrayContaining([
        { Name: "X-Own", Value: "=?UTF-8?B?w7w=?=" },
        { Name: "List-Unsubscribe", Value: "<https://acme.example/u>" },
        { Name: "List-Unsubscribe-Post", Value: "List-Unsubscribe=One-Click" },
      ]),
    );
  });

  it("sends attachments, inline images too, as simple content", async () => {
    await send(transport(), {
      html: '<img src="cid:logo">',
      attachments: [
        { filename: "a.pdf", content: new Uint8Array([1, 2, 255]) },
        { filename: "logo.png", content: "png", contentId: "logo" },
      ],
    });
    expect((await sentBody()).Content?.Simple?.Attachments).toEqual([
      {
        RawContent: "AQL/",
        FileName: "a.pdf",
        ContentType: "application/pdf",
        ContentDisposition: "ATTACHMENT",
        ContentTransferEncoding: "BASE64",
      },
      {
        RawContent: "cG5n",
        FileName: "logo.png",
        ContentType: "image/png",
        ContentDisposition: "INLINE",
        ContentTransferEncoding: "BASE64",
        ContentId: "logo",
      },
    ]);
  });

  it("sends a stored template by name or ARN, with its data and without a body", async () => {
    const template = { id: "welcome", data: { name: "Ada" } };
    await send(transport(), { subject: undefined, text: undefined, template });
    expect((await sentBody()).Content).toEqual({
      Template: {
        TemplateName: "welcome",
        TemplateData: '{"name":"Ada"}',
        Headers: [{ Name: "X-Mail-Id", Value: expect.any(String) }],
      },
    });
    const arn = "arn:aws:ses:eu-west-1:1:template/x";
    await send(transport(), { subject: undefined, text: undefined, template: { id: arn } });
    expect(JSON.parse(await (requests[1] as Request).text())).toMatchObject({
      Content: { Template: { TemplateArn: arn } },
    });
  });

  it("uses the subject of a template instead of the mail's, and logs it", async () => {
    const told: string[] = [];
    const log = { ...context().log, info: (_fields: object, message: string) => void told.push(message) };
    await send(transport(), { text: undefined, template: { id: "welcome" } }, { log });
    expect(Object.keys((await sentBody()).Content ?? {})).toEqual(["Template"]);
    expect(told).toEqual([expect.stringContaining("template's own")]);
  });

  it.each([
    ["sender", { sender: "robot@acme.example" }],
    ["calendar", { calendar: { content: "BEGIN:VCALENDAR\r\nEND:VCALENDAR" } }],
  ])("refuses %s beside a template", async (field, message) => {
    const error = await failure(
      send(transport(), { text: undefined, subject: undefined, template: { id: "x" }, ...message }),
    );
    expect(error).toMatchObject({ code: "unsupported", field, delivery: "not_sent" });
    expect(requests).toEqual([]);
  });

  it("refuses template data that is no JSON", async () => {
    const error = await failure(send(transport(), { text: undefined, template: { id: "x", data: { n: 1n } } }));
    expect(error).toMatchObject({ code: "invalid_message", field: "template.data" });
  });

  it("switches tracking for this mail alone", async () => {
    const receipt = await send(transport(), { tracking: { opens: false, clicks: true } });
    expect(receipt).not.toHaveProperty("dropped");
    expect((await sentBody()).ConfigurationOverrides).toEqual({
      Tracking: { OpenTrackingEnabled: "DISABLED", ClickTrackingEnabled: "ENABLED" },
    });
  });

  it("passes on what only SES understands", async () => {
    await send(transport(), {
      providerOptions: {
        ses: {
          configurationSetName: "events",
          feedbackForwardingEmailAddress: "bounces@acme.example",
          feedbackForwardingEmailAddressIdentityArn: "arn:aws:ses:eu-west-1:1:identity/acme.example",
          fromEmailAddressIdentityArn: "arn:aws:ses:eu-west-1:1:identity/hello",
          listManagementOptions: { contactListName: "news", topicName: "weekly" },
          tenantName: "shop-1",
        },
      },
    });
    expect(await sentBody()).toMatchObject({
      ConfigurationSetName: "events",
      FeedbackForwardingEmailAddress: "bounces@acme.example",
      FeedbackForwardingEmailAddressIdentityArn: "arn:aws:ses:eu-west-1:1:identity/acme.example",
      FromEmailAddressIdentityArn: "arn:aws:ses:eu-west-1:1:identity/hello",
      ListManagementOptions: { ContactListName: "news", TopicName: "weekly" },
      TenantName: "shop-1",
    });
  });

  it.each([
    ["providerOptions.ses", "events"],
    ["providerOptions.ses.configurationSet", { configurationSet: "x" }],
    ["providerOptions.ses.tenantName", { tenantName: 7 }],
    ["providerOptions.ses.configurationSetName", { configurationSetName: "a\r\nb" }],
    ["providerOptions.ses.listManagementOptions.contactListName", { listManagementOptions: { topicName: "x" } }],
    ["providerOptions.ses.listManagementOptions.list", { listManagementOptions: { list: "x" } }],
  ])("refuses a wrong %s before anything is sent", async (field, options) => {
    const error = await failure(send(transport(), { providerOptions: { ses: options as never } }));
    expect(error).toMatchObject({ code: "invalid_message", field });
    expect(requests).toEqual([]);
  });

  it("uses the transport's configuration set where the mail names none", async () => {
    await send(ses({ region: "eu-west-1", credentials, configurationSetName: "all" }));
    expect((await sentBody()).ConfigurationSetName).toBe("all");
  });

  it("leaves out tags and metadata that SES cannot hold, and says so", async () => {
    const message = { tags: ["ü".repeat(60)], metadata: { note: "a".repeat(257) } };
    const receipt = await send(transport(), message);
    expect([...(receipt.dropped ?? [])].sort()).toEqual(["metadata", "tags"]);
    expect((await sentBody()).EmailTags).toEqual([{ Name: "mail_id", Value: receipt.id }]);
    const error = await failure(send(transport(), { tags: message.tags }, { onUnsupported: "error" }));
    expect(error).toMatchObject({ code: "unsupported", field: "tags" });
  });

  it("leaves out a return path, because SES sets its own, and says so", async () => {
    expect((await send(transport(), { envelope: { from: "bounces@acme.example" } })).dropped).toEqual(["envelope"]);
  });

  it.each([
    ["unsupported", "sendAt", { sendAt: new Date(Date.now() + 3_600_000) }],
    ["unsupported", "to", { to: "jürgen@example.com" }],
    ["invalid_message", "to", { to: Array.from({ length: 51 }, (_, index) => `a${index}@example.com`) }],
    ["invalid_message", "metadata.tag_1", { metadata: { tag_1: "x" } }],
    ["message_too_large", "attachments", { attachments: [{ filename: "a.bin", content: new Uint8Array(31_500_000) }] }],
    [
      "message_too_large",
      "attachments",
      { attachments: [{ filename: "a.bin", content: () => new Uint8Array(31_500_000) }] },
    ],
    [
      "invalid_message",
      "attachments[0].content",
      { attachments: [{ filename: "a", content: () => Promise.reject(new Error("gone")) }] },
    ],
  ] as const)("refuses with %s naming %s before anything is sent", async (code, field, message) => {
    expect(await failure(send(transport(), message))).toMatchObject({ code, field, delivery: "not_sent" });
    expect(requests).toEqual([]);
  });

  it("sends through a client of the app's own", async () => {
    const commands: unknown[] = [];
    const client = {
      send: async (command: { readonly input: unknown }) => {
        commands.push(command.input);
        return { MessageId: "own", $metadata: {} };
      },
    };
    expect((await send(ses({ client: client as never }))).providerId).toBe("own");
    expect(commands).toMatchObject([{ FromEmailAddress: "Acme <hello@acme.example>" }]);
  });

  it("asks a function for the key", async () => {
    await send(ses({ region: "eu-west-1", credentials: async () => ({ ...credentials, accessKeyId: "AKIDOTHER" }) }));
    expect(onlyRequest().headers.get("authorization")).toContain("AKIDOTHER");
  });
});

describe("verify of ses", () => {
  const account = (body: object) => server.use(http.get(`${address}/account`, () => HttpResponse.json(body)));
  const warnings: string[] = [];
  const log = { ...context().log, warn: (_fields: object, message: string) => void warnings.push(message) };

  it("is content with an account that may send, and sends nothing", async () => {
    account({
      SendingEnabled: true,
      ProductionAccessEnabled: true,
      SendQuota: { Max24HourSend: 200, SentLast24Hours: 1 },
    });
    warnings.length = 0;
    await expect(transport().verify?.(context({ log }))).resolves.toBeUndefined();
    expect(warnings).toEqual([]);
    expect(requests).toEqual([]);
  });

  it.each([{ SendingEnabled: false }, { SendingEnabled: true, EnforcementStatus: "SHUTDOWN" }])(
    "says that sending is paused: %o",
    async (body) => {
      account(body);
      const error = await failure(transport().verify?.(context()) as Promise<void>);
      expect(error).toMatchObject({ code: "permission", delivery: "not_sent" });
    },
  );

  it("warns of the sandbox and of a quota that is used up", async () => {
    warnings.length = 0;
    account({
      SendingEnabled: true,
      ProductionAccessEnabled: false,
      SendQuota: { Max24HourSend: 200, SentLast24Hours: 200 },
    });
    await transport().verify?.(context({ log }));
    expect(warnings).toEqual([expect.stringContaining("sandbox"), expect.stringContaining("quota")]);
  });

  it("is not content with an answer that is not SES's", async () => {
    account({ hello: "world" });
    const error = await failure(transport().verify?.(context()) as Promise<void>);
    expect(error).toMatchObject({ code: "configuration", delivery: "not_sent" });
  });
});

describe("the send rate of ses", () => {
  const account = (body: object) => server.use(http.get(`${address}/account`, () => HttpResponse.json(body)));

  it.each([
    [14, { max: 14, perMs: 1_000 }],
    [1.5, { max: 1, perMs: 1_000 }],
    [0.5, { max: 1, perMs: 2_000 }],
  ])("of %s a second is the account's own", async (MaxSendRate, rate) => {
    account({ SendingEnabled: true, SendQuota: { MaxSendRate } });
    await expect(transport().sendRate?.(context())).resolves.toEqual(rate);
  });

  it("is an error where the answer has none", async () => {
    account({ hello: "world" });
    const error = await failure(transport().sendRate?.(context()) as Promise<unknown>);
    expect(error).toMatchObject({ code: "configuration", delivery: "not_sent" });
  });

  it("holds back a mailer that has rateLimit around it", async () => {
    account({ SendingEnabled: true, SendQuota: { MaxSendRate: 1 } });
    const limited = rateLimit(transport(), { maxWaitMs: 0 });
    const mailer = createMailer({ transport: limited });
    const message = { from: "hello@acme.example", to: "ada@example.com", subject: "Hi", text: "Hello" };
    await mailer.send(message);
    await expect(mailer.send(message)).rejects.toMatchObject({
      code: "rate_limited",
      retryAfterMs: expect.any(Number),
    });
  });
});
