import Mailgun from "mailgun.js";
import { expect, test } from "vitest";
import { type Apis, apisOfTest } from "../api/apis.fixture.ts";

const domain = "mg.acme.example";
const authorization = `Basic ${Buffer.from("api:key-1").toString("base64")}`;

type Fields = readonly (readonly [string, string | File])[];

const mail: Fields = [
  ["from", "Acme <shop@acme.example>"],
  ["to", "Ada <ada@example.com>"],
  ["subject", "Hello"],
  ["text", "Text"],
];

function post(apis: Apis, fields: Fields, path = `${domain}/messages`): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of fields) form.append(name, value as string);
  return fetch(`${apis.url}/v3/${path}`, { method: "POST", headers: { authorization }, body: form });
}

function without(name: string): Fields {
  return mail.filter(([field]) => field !== name);
}

async function message(response: Response): Promise<string> {
  return ((await response.json()) as { readonly message: string }).message;
}

test("takes a mail with an id", async () => {
  const apis = await apisOfTest();
  const response = await post(apis, mail);
  expect(response.status).toBe(200);
  const answer = (await response.json()) as { readonly id: string; readonly message: string };
  expect(answer).toEqual({
    id: expect.stringMatching(/^<\d{14}\.[0-9a-f]{16}@mg\.acme\.example>$/),
    message: "Queued. Thank you.",
  });
  expect(apis.mail()).toMatchObject({
    via: "mailgun",
    inbox: "key-1",
    providerId: answer.id.slice(1, -1),
    messageId: answer.id,
    envelope: { from: "shop@acme.example", to: ["ada@example.com"] },
    from: { name: "Acme", address: "shop@acme.example" },
    to: [{ name: "Ada", address: "ada@example.com" }],
    subject: "Hello",
    text: "Text\n",
  });
});

test("takes the documentation's example of curl, urlencoded", async () => {
  const apis = await apisOfTest();
  const response = await fetch(`${apis.url}/v3/${domain}/messages`, {
    method: "POST",
    headers: { authorization },
    body: new URLSearchParams([
      ["from", `Excited User <mailgun@${domain}>`],
      ["to", "you@example.com"],
      ["to", `bar@example.com, "Smith, Bo" <bo@example.com>`],
      ["cc", "cy@example.com"],
      ["bcc", "dee@example.com"],
      ["subject", "Grüße"],
      ["text", "Testing some Mailgun awesomeness!"],
    ]),
  });
  expect(response.status).toBe(200);
  expect(apis.mail()).toMatchObject({
    subject: "Grüße",
    to: [
      { address: "you@example.com" },
      { address: "bar@example.com" },
      { name: "Smith, Bo", address: "bo@example.com" },
    ],
    cc: [{ address: "cy@example.com" }],
    bcc: [{ address: "dee@example.com" }],
    envelope: { to: ["you@example.com", "bar@example.com", "bo@example.com", "cy@example.com", "dee@example.com"] },
  });
});

test("is spoken to by the official SDK", async () => {
  const apis = await apisOfTest();
  const sdk = new Mailgun(FormData).client({ username: "api", key: "key-1", url: apis.url });
  const at = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3_600_000);
  const answer = await sdk.messages.create(domain, {
    from: "shop@acme.example",
    to: ["ada@example.com", "bob@example.com"],
    subject: "Hello",
    text: "Text",
    html: '<img src="cid:logo.png">',
    "amp-html": "<html amp4email></html>",
    "o:tag": ["welcome", "spring"],
    "o:testmode": true,
    "o:deliverytime": at.toUTCString(),
    "v:order": "7",
    "h:X-Own": "ünï",
    "h:Reply-To": "help@acme.example",
    attachment: [{ data: Buffer.from("file"), filename: "Ä b.txt", contentType: "text/plain" }],
    inline: [{ data: Buffer.from("png"), filename: "logo.png", contentType: "image/png" }],
  });
  expect(answer).toMatchObject({ status: 200, message: "Queued. Thank you." });
  const caught = apis.mail();
  expect(caught).toMatchObject({
    to: [{ address: "ada@example.com" }, { address: "bob@example.com" }],
    replyTo: [{ address: "help@acme.example" }],
    tags: ["welcome", "spring"],
    metadata: { order: "7" },
    sendAt: at,
  });
  expect(caught.attachments).toContainEqual(
    expect.objectContaining({ filename: "Ä b.txt", disposition: "attachment", size: 4 }),
  );
  expect(caught.attachments).toContainEqual(
    expect.objectContaining({ filename: "logo.png", contentId: "logo.png", disposition: "inline", size: 3 }),
  );
  const source = apis.source(caught);
  expect(source).toContain('X-Mailgun-Variables: {"order":"7"}');
  expect(source).toContain("X-Mailgun-Tag: spring");
  expect(source).toContain("X-Mailgun-Drop-Message: yes");
  expect(source).toContain("Content-Type: text/x-amp-html");
});

test("takes raw MIME of the official SDK", async () => {
  const apis = await apisOfTest();
  const sdk = new Mailgun(FormData).client({ username: "api", key: "key-1", url: apis.url });
  const source = [
    "From: Acme <shop@acme.example>",
    "To: ada@example.com",
    "Bcc: secret@example.com",
    "Message-Id: <own@acme.example>",
    "X-Mailgun-Tag: raw",
    "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=",
    "",
    "Body",
    "",
  ].join("\r\n");
  const answer = await sdk.messages.create(domain, { to: ["ada@example.com", "bob@example.com"], message: source });
  expect(answer.id).toBe("<own@acme.example>");
  expect(apis.mail()).toMatchObject({
    providerId: "own@acme.example",
    messageId: "<own@acme.example>",
    envelope: { from: "shop@acme.example", to: ["ada@example.com", "bob@example.com"] },
    subject: "Grüße",
    tags: ["raw"],
    bcc: [{ address: "bob@example.com" }],
  });
  expect(apis.source(apis.mail())).not.toContain("secret@");
  expect(apis.source(apis.mail())).toMatch(/\r\n\r\nBody\r\n$/);
});

test("gives each recipient a copy with his own values, and shows him nobody else", async () => {
  const apis = await apisOfTest();
  const response = await post(apis, [
    ["from", "shop@acme.example"],
    ["to", "Ada Byron <ada@example.com>"],
    ["to", "bob@example.com"],
    ["subject", "Hi %recipient.first%"],
    ["text", "%recipient% %recipient_email% %recipient_fname% has %recipient.n% and %recipient.missing%"],
    ["html", "<p>%recipient.first%</p>"],
    ["h:X-Id", "%recipient.n%"],
    ["v:n", "%recipient.n%"],
    [
      "recipient-variables",
      JSON.stringify({ "ada@example.com": { first: "Ada", n: 1 }, "Bob@example.com": { first: "<Bob>", n: "2" } }),
    ],
  ]);
  const { id } = (await response.json()) as { readonly id: string };
  const [ada, bob, third] = apis.mails();
  expect(third).toBeUndefined();
  expect(ada).toMatchObject({
    providerId: id.slice(1, -1),
    envelope: { to: ["ada@example.com"] },
    to: [{ name: "Ada Byron", address: "ada@example.com" }],
    subject: "Hi Ada",
    text: "Ada Byron <ada@example.com> ada@example.com Ada has 1 and %recipient.missing%\n",
    metadata: { n: "1" },
  });
  expect(bob).toMatchObject({
    providerId: id.slice(1, -1),
    envelope: { to: ["bob@example.com"] },
    to: [{ address: "bob@example.com" }],
    html: "<p><Bob></p>\n",
    metadata: { n: "2" },
  });
  expect(bob?.headers).toContainEqual({ name: "X-Id", value: "2" });
});

test("fills recipient variables into raw MIME", async () => {
  const apis = await apisOfTest();
  const source =
    "From: shop@acme.example\r\nTo: %recipient%\r\nSubject: Hi %recipient.name%\r\n\r\nDear %recipient.name%\r\n";
  await post(
    apis,
    [
      ["to", "ada@example.com"],
      ["to", "bob@example.com"],
      ["recipient-variables", '{"ada@example.com":{"name":"Ada"},"bob@example.com":{"name":"Bob"}}'],
      ["message", new File([source], "mime")],
    ],
    `${domain}/messages.mime`,
  );
  expect(apis.mails().map(({ to, subject, text }) => [to[0]?.address, subject, text?.trim()])).toEqual([
    ["ada@example.com", "Hi Ada", "Dear Ada"],
    ["bob@example.com", "Hi Bob", "Dear Bob"],
  ]);
});

test("shows a template's name and variables, for its text is at Mailgun", async () => {
  const apis = await apisOfTest();
  const fields = [...without("text"), ["template", "welcome"], ["t:variables", '{"name":"Ada"}']] as Fields;
  expect((await post(apis, fields)).status).toBe(200);
  expect(apis.mail()).toMatchObject({ subject: "Hello", text: expect.stringContaining('"name": "Ada"') });
});

test("keeps the Message-Id that was asked for", async () => {
  const apis = await apisOfTest();
  const response = await post(apis, [...mail, ["h:Message-Id", "<mine@acme.example>"]]);
  expect(await response.json()).toMatchObject({ id: "<mine@acme.example>" });
  expect(apis.mail()).toMatchObject({ messageId: "<mine@acme.example>", providerId: "mine@acme.example" });
});

const yesterday = new Date(Date.now() - 86_400_000).toUTCString();

test("sends at once what should have gone yesterday", async () => {
  const apis = await apisOfTest();
  expect((await post(apis, [...mail, ["o:deliverytime", yesterday]])).status).toBe(200);
  expect(apis.mail().sendAt).toBeUndefined();
});

const many = Array.from({ length: 1001 }, (_, index) => `r${index}@example.com`).join(",");
const badAddress = (name: string) => `'${name}' parameter is not a valid address. please check documentation`;

test.each<[string, Fields, string]>([
  ["no sender", without("from"), "from parameter is missing"],
  ["a sender that is none", [...without("from"), ["from", "acme"]], badAddress("from")],
  ["no recipient", without("to"), "to parameter is missing"],
  ["an empty recipient", [...without("to"), ["to", ""]], badAddress("to")],
  ["a recipient that is none", [...mail, ["to", "ada@"]], badAddress("to")],
  ["a bad copy", [...mail, ["cc", "ada"]], badAddress("cc")],
  ["a bad blind copy", [...mail, ["bcc", "ada, bob@example.com"]], badAddress("bcc")],
  ["a bad reply address", [...mail, ["h:Reply-To", "ada"]], badAddress("reply-to")],
  ["no text", without("text"), "Need at least one of 'text' or 'html' parameters specified"],
  [
    "html beside a template",
    [...mail, ["html", "x"], ["template", "t"]],
    "Only one parameters 'html' or 'template' is allowed",
  ],
  ["1,001 recipients", [...without("to"), ["to", many]], "Too many recipients; max is 1000"],
  [
    "large options",
    [...mail, ["v:a", "x".repeat(16_384)]],
    "Send options (parameters starting with o:, h:, or v:) are limited to 16 kB total",
  ],
  ["a header beyond ASCII", [...mail, ["h:X-Ä", "1"]], "Header name must be pure ASCII: X-Ä"],
  ["a date that is none", [...mail, ["o:deliverytime", "tomorrow"]], "tomorrow is not an RFC-2822 compliant date"],
  [
    "a date next year",
    [...mail, ["o:deliverytime", new Date(Date.now() + 30_000_000_000).toUTCString()]],
    "Messages can be scheduled for a maximum of 3 days in the future",
  ],
  [
    "variables that are no JSON",
    [...mail, ["recipient-variables", "{"]],
    "'recipient-variables' parameter is not a valid JSON",
  ],
])("refuses %s in Mailgun's words", async (_, fields, expected) => {
  const apis = await apisOfTest();
  const response = await post(apis, fields);
  expect(response.status).toBe(400);
  expect(await message(response)).toBe(expected);
  expect(apis.mails()).toEqual([]);
});

test.each<[string, Fields, string]>([
  ["no message", [["to", "ada@example.com"]], "message parameter is missing"],
  [
    "a message without sender",
    [
      ["to", "ada@example.com"],
      ["message", new File(["Subject: x\r\n\r\n"], "m")],
    ],
    "from parameter is missing",
  ],
])("refuses %s as raw MIME", async (_, fields, expected) => {
  const apis = await apisOfTest();
  const response = await post(apis, fields, `${domain}/messages.mime`);
  expect([response.status, await message(response)]).toEqual([400, expected]);
});

test("refuses broken forms in Mailgun's words", async () => {
  const apis = await apisOfTest();
  const send = async (contentType: string, body: string, path = "messages"): Promise<unknown> => {
    const headers = { authorization, "content-type": contentType };
    const response = await fetch(`${apis.url}/v3/${domain}/${path}`, { method: "POST", headers, body });
    return [response.status, await message(response)];
  };
  expect(await send("multipart/form-data; boundary=x", "--y")).toEqual([400, "malformed multipart/form-data request"]);
  expect(await send("multipart/form-data", "--x")).toEqual([400, "malformed multipart/form-data request"]);
  expect(await send("multipart/form-data; boundary=x", "")).toEqual([400, "unable to parse request: unexpected EOF"]);
  expect(await send("application/x-www-form-urlencoded", "from=%zz")).toEqual([
    400,
    'unable to parse request: invalid URL escape "%zz"',
  ]);
  expect(await send("application/json", "{}")).toEqual([400, "from parameter is missing"]);
  expect(await send("application/x-www-form-urlencoded", "to=a@b.example", "messages.mime")).toEqual([
    400,
    "Invalid request content type. Expecting 'multipart/form-data' but got 'application/x-www-form-urlencoded'",
  ]);
});

test("knows no domain under .invalid", async () => {
  const apis = await apisOfTest();
  const response = await post(apis, mail, "mg.invalid/messages");
  expect([response.status, await message(response)]).toEqual([404, "Domain not found: mg.invalid"]);
  expect(apis.mails()).toEqual([]);
});

test("takes the login's password alone where there is a login", async () => {
  const apis = await apisOfTest({ login: { user: "team", pass: "key-2" } });
  const response = await post(apis, mail);
  expect([response.status, await response.text()]).toEqual([401, "Forbidden"]);
});

test("writes nothing of a hostile form into the head of a mail", async () => {
  const apis = await apisOfTest();
  const evil = "x\r\nX-Evil: 1\r\n\r\nbody";
  const fields: Fields = [
    ...without("subject"),
    ["subject", evil],
    ["h:X-Own", evil],
    ["h:Bcc", "evil@example.com"],
    ["v:a", evil],
    ["o:tag", evil],
    ["recipient-variables", JSON.stringify({ "ada@example.com": { __proto__: { a: 1 }, constructor: evil } })],
    ["attachment", new File(["x"], "a\r\nX-Evil: 1.txt", { type: "text/html" })],
  ];
  expect((await post(apis, fields)).status).toBe(200);
  expect(apis.source(apis.mail())).not.toMatch(/^(?:X-Evil|Bcc):/im);
  expect(apis.mail().text).toBe("Text\n");
});
