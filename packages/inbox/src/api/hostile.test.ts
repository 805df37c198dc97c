import { expect, test } from "vitest";
import { type Apis, apisOfTest } from "./apis.fixture.ts";

const mebibyte = 1024 * 1024;
const sigV4 = "AWS4-HMAC-SHA256 Credential=A/20261123/eu-west-1/ses/aws4_request, SignedHeaders=host, Signature=0";

function sendgrid(apis: Apis, change: object): Promise<Response> {
  const mail = {
    personalizations: [{ to: [{ email: "ada@example.com" }] }],
    from: { email: "shop@acme.example" },
    subject: "Hello",
    content: [{ type: "text/plain", value: "Text" }],
    ...change,
  };
  return fetch(`${apis.url}/v3/mail/send`, {
    method: "POST",
    headers: { authorization: "Bearer key", "content-type": "application/json" },
    body: JSON.stringify(mail),
  });
}

function mailgun(apis: Apis, fields: Record<string, string>, path = "messages"): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  const authorization = `Basic ${Buffer.from("api:key").toString("base64")}`;
  return fetch(`${apis.url}/v3/mg.acme.example/${path}`, { method: "POST", headers: { authorization }, body: form });
}

function ses(apis: Apis, Content: object): Promise<Response> {
  const mail = { FromEmailAddress: "shop@acme.example", Destination: { ToAddresses: ["ada@example.com"] }, Content };
  const headers = { authorization: sigV4 };
  return fetch(`${apis.url}/v2/email/outbound-emails`, { method: "POST", headers, body: JSON.stringify(mail) });
}

test("refuses a mail that grows without end when it is rendered", async () => {
  const apis = await apisOfTest();
  const value = "x".repeat(9000);
  const personalizations = [{ to: [{ email: "ada@example.com" }], substitutions: { "-a-": value } }];
  const content = [{ type: "text/plain", value: "-a-".repeat(mebibyte) }];
  const answers = await Promise.all([
    sendgrid(apis, { personalizations, content }),
    mailgun(apis, {
      from: "a@b.example",
      to: "ada@example.com",
      text: "%recipient.a%".repeat(mebibyte),
      "recipient-variables": JSON.stringify({ "ada@example.com": { a: value } }),
    }),
    ses(apis, {
      Template: { TemplateContent: { Text: "{{a}}".repeat(mebibyte) }, TemplateData: JSON.stringify({ a: value }) },
    }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([413, 413, 413]);
  expect(apis.mails()).toEqual([]);
});

test("shows template data that is nested too deeply for JSON", async () => {
  const apis = await apisOfTest();
  const deep = `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`;
  const response = await ses(apis, { Template: { TemplateName: "deep", TemplateData: deep } });
  expect(response.status).toBe(200);
  expect(apis.mail().text).toContain("nested too deeply");
});

test.each([
  ["nothing but an empty line", "\r\nFrom: a@b.example"],
  ["one endless line and a lone return", `From: a@b.example\r\nX: ${"a".repeat(mebibyte)}\rb`],
  ["continuation lines alone", " a\r\n b\r\n\r\nbody"],
  ["many short lines", "X:1\n".repeat(100_000)],
  ["bytes that are no UTF-8", "From: \xff <a@b.example>\r\nSubject: \xff\r\n\r\n\xff"],
  [
    "deeply nested parts",
    `From: a@b.example\r\n${"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n".repeat(5000)}`,
  ],
])("survives raw mails of %s", async (_, source) => {
  const apis = await apisOfTest();
  const Data = Buffer.from(source, "latin1").toString("base64");
  expect([200, 400]).toContain((await ses(apis, { Raw: { Data } })).status);
  const fields = { to: "ada@example.com", message: source, "recipient-variables": "{}" };
  expect([200, 400]).toContain((await mailgun(apis, fields, "messages.mime")).status);
});

test("refuses lists without end quickly", async () => {
  const apis = await apisOfTest();
  const many = Array.from({ length: 300_000 }, (_, index) => `${index}`);
  expect((await sendgrid(apis, { categories: many })).status).toBe(400);
  expect((await sendgrid(apis, { personalizations: [{ to: many.map((email) => ({ email })) }] })).status).toBe(400);
  const to = many.map((name) => `${name}@b.example`).join(",");
  const response = await mailgun(apis, { from: "a@b.example", to, text: "x" });
  expect(await response.json()).toEqual({ message: "Too many recipients; max is 1000" });
  const text = await (await sendgrid(apis, { attachments: many.map(() => ({})) })).text();
  expect(text.length).toBeLessThan(mebibyte);
});

test("takes names of built-in properties for what they are", async () => {
  const apis = await apisOfTest();
  const response = await sendgrid(apis, {
    custom_args: { constructor: "a", toString: "b" },
    personalizations: [
      JSON.parse('{"to":[{"email":"ada@example.com"}],"substitutions":{"__proto__":"p","constructor":"c"}}'),
    ],
    content: [{ type: "text/plain", value: "__proto__ constructor toString" }],
  });
  expect(response.status).toBe(202);
  expect(apis.mail()).toMatchObject({ text: "p c toString\n", metadata: { constructor: "a", toString: "b" } });
});
