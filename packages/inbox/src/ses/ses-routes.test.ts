import {
  GetAccountCommand,
  SESv2Client,
  SendBulkEmailCommand,
  SendEmailCommand,
  type SendEmailRequest,
} from "@aws-sdk/client-sesv2";
import { expect, onTestFinished, test } from "vitest";
import { type Apis, apisOfTest } from "../api/apis.fixture.ts";

function clientOf(apis: Apis, region = "eu-west-1"): SESv2Client {
  const client = new SESv2Client({
    region,
    endpoint: apis.url,
    credentials: { accessKeyId: "AKIATEAM", secretAccessKey: "secret" },
    maxAttempts: 1,
  });
  onTestFinished(() => client.destroy());
  return client;
}

const simple = {
  FromEmailAddress: "Acme <shop@acme.example>",
  Destination: { ToAddresses: ["Ada <ada@example.com>"] },
  Content: { Simple: { Subject: { Data: "Hello" }, Body: { Text: { Data: "Text" }, Html: { Data: "<p>Html</p>" } } } },
} satisfies SendEmailRequest;

function withSimple(
  change: NonNullable<NonNullable<SendEmailRequest["Content"]>["Simple"]> | object,
): SendEmailRequest {
  return { ...simple, Content: { Simple: { ...simple.Content.Simple, ...change } } };
}

async function refusal(apis: Apis, input: SendEmailRequest): Promise<string> {
  const thrown: unknown = await clientOf(apis)
    .send(new SendEmailCommand(input))
    .catch((error: unknown) => error);
  expect(apis.mails()).toEqual([]);
  const { name, message, $metadata } = thrown as {
    name: string;
    message: string;
    $metadata: { httpStatusCode: number };
  };
  return `${$metadata.httpStatusCode} ${name}: ${message}`;
}

test("takes a simple mail of the official SDK, with headers and attachments", async () => {
  const apis = await apisOfTest();
  const { MessageId } = await clientOf(apis).send(
    new SendEmailCommand({
      ...withSimple({
        Headers: [{ Name: "X-Own", Value: "1" }],
        Attachments: [
          { RawContent: Buffer.from("file"), FileName: "a.txt", ContentType: "text/plain" },
          {
            RawContent: Buffer.from("png"),
            FileName: "logo.png",
            ContentType: "image/png",
            ContentId: "logo",
            ContentDisposition: "INLINE",
          },
        ],
      }),
      Destination: {
        ToAddresses: ["Ada <ada@example.com>"],
        CcAddresses: ["cy@example.com"],
        BccAddresses: ["dee@example.com"],
      },
      ReplyToAddresses: ["help@acme.example"],
      EmailTags: [{ Name: "order", Value: "7" }],
      ConfigurationSetName: "main",
    }),
  );
  expect(MessageId).toMatch(/^0102[0-9a-f]{12}-[0-9a-f-]{36}-000000$/);
  expect(apis.mail()).toMatchObject({
    via: "ses",
    inbox: "AKIATEAM",
    providerId: MessageId,
    messageId: `<${MessageId}@eu-west-1.amazonses.com>`,
    envelope: { from: "shop@acme.example", to: ["ada@example.com", "cy@example.com", "dee@example.com"] },
    from: { name: "Acme", address: "shop@acme.example" },
    to: [{ name: "Ada", address: "ada@example.com" }],
    cc: [{ address: "cy@example.com" }],
    bcc: [{ address: "dee@example.com" }],
    replyTo: [{ address: "help@acme.example" }],
    subject: "Hello",
    text: "Text\n",
    html: "<p>Html</p>\n",
    metadata: { order: "7" },
  });
  expect(apis.mail().headers).toContainEqual({ name: "X-Own", value: "1" });
  expect(apis.mail().attachments).toEqual([
    expect.objectContaining({ filename: "logo.png", contentId: "logo", disposition: "inline", size: 3 }),
    expect.objectContaining({ filename: "a.txt", disposition: "attachment", size: 4 }),
  ]);
  expect(apis.source(apis.mail())).not.toContain("dee@example.com");
});

test("takes a raw mail, whose Date, Message-ID and Bcc it replaces", async () => {
  const apis = await apisOfTest();
  const source = [
    "From: Acme <shop@acme.example>",
    "To: ada@example.com,",
    " bob@example.com",
    "Bcc: dee@example.com",
    "Date: Thu, 01 Jan 2015 00:00:00 +0000",
    "Message-ID: <own@acme.example>",
    "X-SES-MESSAGE-TAGS: order=7, kind=bill",
    "X-Own: kept",
    "Subject: Hello",
    "",
    "From: in the body",
    "",
  ].join("\r\n");
  const { MessageId } = await clientOf(apis, "us-east-1").send(
    new SendEmailCommand({ Content: { Raw: { Data: Buffer.from(source) } } }),
  );
  expect(apis.mail()).toMatchObject({
    messageId: `<${MessageId}@email.amazonses.com>`,
    envelope: { from: "shop@acme.example", to: ["ada@example.com", "bob@example.com", "dee@example.com"] },
    bcc: [{ address: "dee@example.com" }],
    metadata: { order: "7", kind: "bill" },
    subject: "Hello",
  });
  const caught = apis.source(apis.mail());
  expect(caught).not.toMatch(/own@acme|2015|^Bcc|MESSAGE-TAGS/m);
  expect(caught).toContain("X-Own: kept\r\n");
  expect(caught).toMatch(/\r\n\r\nFrom: in the body\r\n$/);
});

test("lets the request's destination go before the headers of a raw mail", async () => {
  const apis = await apisOfTest();
  const Data = Buffer.from("From: shop@acme.example\r\nTo: ada@example.com\r\nSubject: x\r\n\r\nbody");
  await clientOf(apis).send(
    new SendEmailCommand({
      FromEmailAddress: "bounce@acme.example",
      Destination: { ToAddresses: ["bob@example.com"] },
      Content: { Raw: { Data } },
    }),
  );
  expect(apis.mail().envelope).toEqual({ from: "bounce@acme.example", to: ["bob@example.com"] });
});

test("renders an inline template without escaping", async () => {
  const apis = await apisOfTest();
  await clientOf(apis).send(
    new SendEmailCommand({
      ...simple,
      Content: {
        Template: {
          TemplateContent: { Subject: "Hi {{name}}", Html: "<p>{{ user.name }} {{{name}}} {{items.0}}</p>" },
          TemplateData: JSON.stringify({ name: "<Ada>", user: { name: "A" }, items: [3] }),
        },
      },
    }),
  );
  expect(apis.mail()).toMatchObject({ subject: "Hi <Ada>", html: "<p>A <Ada> 3</p>\n" });
});

test("tells what SES would fail to render after it took the mail", async () => {
  const apis = await apisOfTest();
  const Template = { TemplateContent: { Subject: "Hi", Text: "{{name}} {{other}}" }, TemplateData: '{"name":"Ada"}' };
  await clientOf(apis).send(new SendEmailCommand({ ...simple, Content: { Template } }));
  expect(apis.mail().text).toBe("Ada {{other}}\n");
  expect(apis.mail().headers).toContainEqual({
    name: "X-Inbox-Problem",
    value: expect.stringContaining("Attribute 'other' is not present in the rendering data."),
  });
});

test.each(["{{{name}}", "{{name}}}", "{{#if name}}", "{ {{{{name}}}}"])(
  "tells that SES cannot parse the template %s",
  async (Text) => {
    const apis = await apisOfTest();
    const Template = { TemplateContent: { Subject: "Hi", Text }, TemplateData: '{"name":"Ada"}' };
    await clientOf(apis).send(new SendEmailCommand({ ...simple, Content: { Template } }));
    expect(apis.mail().headers).toContainEqual({
      name: "X-Inbox-Problem",
      value: expect.stringContaining("The template cannot be parsed at"),
    });
  },
);

test("shows a stored template's name and data", async () => {
  const apis = await apisOfTest();
  const Template = { TemplateName: "welcome", TemplateData: '{"name":"Ada"}' };
  await clientOf(apis).send(new SendEmailCommand({ ...simple, Content: { Template } }));
  expect(apis.mail()).toMatchObject({ subject: "Template welcome", text: expect.stringContaining('"name": "Ada"') });
});

test("makes a mail of each bulk entry, and tells each its own result", async () => {
  const apis = await apisOfTest();
  const { BulkEmailEntryResults } = await clientOf(apis).send(
    new SendBulkEmailCommand({
      FromEmailAddress: "shop@acme.example",
      ReplyToAddresses: ["help@acme.example"],
      DefaultEmailTags: [{ Name: "run", Value: "1" }],
      DefaultContent: {
        Template: {
          TemplateContent: { Subject: "Hi {{name}}", Text: "{{name}} {{sum}}" },
          TemplateData: '{"name":"reader","sum":0}',
          Headers: [{ Name: "X-Run", Value: "1" }],
          Attachments: [{ RawContent: Buffer.from("file"), FileName: "a.txt" }],
        },
      },
      BulkEmailEntries: [
        {
          Destination: { ToAddresses: ["ada@example.com"] },
          ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: '{"name":"Ada"}' } },
          ReplacementHeaders: [{ Name: "X-Run", Value: "2" }],
          ReplacementTags: [{ Name: "who", Value: "ada" }],
        },
        { Destination: { ToAddresses: ["bob"] } },
        { Destination: { ToAddresses: ["Reject+1@example.com"] } },
        { Destination: { ToAddresses: ["cy@example.com"], BccAddresses: ["dee@example.com"] } },
      ],
    }),
  );
  const [ada, cy, third] = apis.mails();
  expect(third).toBeUndefined();
  expect(BulkEmailEntryResults).toEqual([
    { Status: "SUCCESS", MessageId: ada?.providerId },
    { Status: "INVALID_PARAMETER", Error: "Missing final '@domain'" },
    { Status: "MESSAGE_REJECTED", Error: expect.stringMatching(/^Email address is not verified.*Reject\+1@/) },
    { Status: "SUCCESS", MessageId: cy?.providerId },
  ]);
  expect(ada).toMatchObject({
    subject: "Hi Ada",
    text: "Ada 0\n",
    metadata: { run: "1", who: "ada" },
    envelope: { to: ["ada@example.com"] },
    replyTo: [{ address: "help@acme.example" }],
    attachments: [{ filename: "a.txt" }],
  });
  expect(ada?.headers.filter(({ name }) => name === "X-Run")).toEqual([{ name: "X-Run", value: "2" }]);
  expect(cy).toMatchObject({
    subject: "Hi reader",
    metadata: { run: "1" },
    envelope: { to: ["cy@example.com", "dee@example.com"] },
  });
});

test("joins a bulk entry's data with the default data key by key, nested objects too, but lists as a whole", async () => {
  const apis = await apisOfTest();
  const text = "{{shop.name}} {{shop.town}} {{items.0}} {{items.1}} {{only}}";
  await clientOf(apis).send(
    new SendBulkEmailCommand({
      FromEmailAddress: "shop@acme.example",
      DefaultContent: {
        Template: {
          TemplateContent: { Subject: "Hi", Text: text },
          TemplateData: JSON.stringify({ shop: { name: "Acme", town: "Bonn" }, items: ["a", "b"], only: { a: 1 } }),
        },
      },
      BulkEmailEntries: [
        {
          Destination: { ToAddresses: ["ada@example.com"] },
          ReplacementEmailContent: {
            ReplacementTemplate: {
              ReplacementTemplateData: JSON.stringify({ shop: { name: "Bolt" }, items: ["c"], only: "o" }),
            },
          },
        },
      ],
    }),
  );
  expect(apis.mail().text).toBe("Bolt Bonn c {{items.1}} o\n");
});

test("describes an account that may send", async () => {
  const apis = await apisOfTest();
  const client = clientOf(apis);
  await client.send(new SendEmailCommand(simple));
  expect(await client.send(new GetAccountCommand({}))).toMatchObject({
    SendingEnabled: true,
    ProductionAccessEnabled: true,
    EnforcementStatus: "HEALTHY",
    SendQuota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 1 },
  });
});

const addresses = (count: number) => Array.from({ length: count }, (_, index) => `r${index}@example.com`);

test.each<[string, SendEmailRequest, string]>([
  [
    "51 recipients",
    { ...simple, Destination: { ToAddresses: addresses(30), BccAddresses: addresses(21) } },
    "Recipient count exceeds 50.",
  ],
  ["no recipient", { ...simple, Destination: {} }, "Destination must have at least one recipient."],
  ["an address without @", { ...simple, Destination: { ToAddresses: ["ada"] } }, "Missing final '@domain'"],
  [
    "a local part beyond ASCII",
    { ...simple, Destination: { ToAddresses: ["ädä@example.com"] } },
    "Local address contains illegal characters",
  ],
  ["no sender", { ...simple, FromEmailAddress: undefined }, "FromEmailAddress is missing."],
  ["no body", withSimple({ Body: {} }), "Message body must have a text part or an HTML part."],
  ["no subject", withSimple({ Subject: undefined }), "Message subject is missing."],
  ["no content", { ...simple, Content: {} }, "Exactly one of Simple, Raw and Template"],
  [
    "a header beyond ASCII",
    withSimple({ Headers: [{ Name: "X-A", Value: "ü" }] }),
    "'headers.member.value' failed to satisfy constraint",
  ],
  [
    "a header with a colon",
    withSimple({ Headers: [{ Name: "X:A", Value: "1" }] }),
    "'headers.member.name' failed to satisfy constraint",
  ],
  [
    "a long header",
    withSimple({ Headers: [{ Name: "X-A", Value: "x".repeat(996) }] }),
    "length less than or equal to 995",
  ],
  [
    "a header of SES's own",
    withSimple({ Headers: [{ Name: "Message-ID", Value: "<a@b>" }] }),
    "Header name is reserved: Message-ID",
  ],
  [
    "a single header twice",
    withSimple({
      Headers: [
        { Name: "References", Value: "<a@b>" },
        { Name: "references", Value: "<c@d>" },
      ],
    }),
    "Duplicate header 'references'.",
  ],
  ["a tag with a dot", { ...simple, EmailTags: [{ Name: "a.b", Value: "1" }] }, "Invalid message tag name: a.b."],
  ["an empty tag", { ...simple, EmailTags: [{ Name: "a", Value: "" }] }, "Invalid message tag value: ."],
  [
    "a program",
    withSimple({ Attachments: [{ RawContent: Buffer.from("x"), FileName: "Run.EXE" }] }),
    "Illegal filename 'Run.EXE'.",
  ],
  [
    "broken template data",
    { ...simple, Content: { Template: { TemplateName: "a", TemplateData: "{" } } },
    "Template data is not valid JSON.",
  ],
  ["a template of no kind", { ...simple, Content: { Template: {} } }, "Exactly one of TemplateName"],
  [
    "a raw mail without From",
    { Content: { Raw: { Data: Buffer.from("To: a@b.example\r\n\r\nx") } } },
    "Missing required header 'From'.",
  ],
  [
    "a raw mail with two subjects",
    { Content: { Raw: { Data: Buffer.from("From: a@b.example\r\nSubject: a\r\nSubject: b\r\n\r\nx") } } },
    "Duplicate header 'subject'.",
  ],
])("refuses %s with BadRequestException", async (_, input, expected) => {
  const apis = await apisOfTest();
  const found = await refusal(apis, input);
  expect(found).toMatch(/^400 BadRequestException: /);
  expect(found).toContain(expected);
});

test("refuses mail larger than 40 MB", async () => {
  const apis = await apisOfTest();
  const Attachments = [{ RawContent: Buffer.alloc(31 * 1024 * 1024), FileName: "a.bin" }];
  expect(await refusal(apis, withSimple({ Attachments }))).toMatch(
    /Message length is more than 41943040 bytes long: '\d+'\.$/,
  );
});

test("tells the official SDK of throttling by name", async () => {
  const apis = await apisOfTest();
  apis.play({ type: "status", status: 429 });
  expect(await refusal(apis, simple)).toBe("429 TooManyRequestsException: Maximum sending rate exceeded.");
});

test("names what is wrong with the key", async () => {
  const apis = await apisOfTest({ login: { user: "AKIAOTHER", pass: "secret" } });
  expect(await refusal(apis, simple)).toBe(
    "403 UnrecognizedClientException: The security token included in the request is invalid.",
  );
  const post = async (headers: Record<string, string>): Promise<readonly unknown[]> => {
    const response = await fetch(`${apis.url}/v2/email/outbound-emails`, { method: "POST", headers, body: "{}" });
    return [response.status, response.headers.get("x-amzn-errortype")];
  };
  expect(await post({})).toEqual([403, "MissingAuthenticationTokenException"]);
  expect(await post({ authorization: "Bearer x" })).toEqual([403, "IncompleteSignatureException"]);
});

test.each(["", "{", "[]", "null", "1", '"\ud800'])("refuses the body %j as no JSON object", async (body) => {
  const apis = await apisOfTest();
  const authorization =
    "AWS4-HMAC-SHA256 Credential=A/20261123/eu-west-1/ses/aws4_request, SignedHeaders=host, Signature=0";
  const response = await fetch(`${apis.url}/v2/email/outbound-emails`, {
    method: "POST",
    headers: { authorization },
    body,
  });
  expect([response.status, response.headers.get("x-amzn-errortype")]).toEqual([400, "SerializationException"]);
});
