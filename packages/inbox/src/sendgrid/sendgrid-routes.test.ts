import sendgridMail from "@sendgrid/mail";
import { expect, test } from "vitest";
import { type Apis, apisOfTest } from "../api/apis.fixture.ts";

const key = "SG.project-a.secret";
const mail = {
  personalizations: [{ to: [{ email: "ada@example.com", name: "Ada" }] }],
  from: { email: "shop@acme.example", name: "Acme" },
  subject: "Hello",
  content: [
    { type: "text/plain", value: "Text" },
    { type: "text/html", value: "<p>Html</p>" },
  ],
};

const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };

function post(apis: Apis, body: unknown, extra: Record<string, string> = {}): Promise<Response> {
  return fetch(`${apis.url}/v3/mail/send`, {
    method: "POST",
    headers: { ...headers, ...extra },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

type Errors = {
  readonly errors: readonly { readonly message: string; readonly field: string; readonly help: string }[];
};

async function complaints(apis: Apis, body: unknown): Promise<readonly string[]> {
  const response = await post(apis, body);
  expect(response.status).toBe(400);
  expect(apis.mails()).toEqual([]);
  const { errors } = (await response.json()) as Errors;
  return errors.map(({ message, field }) => `${field}: ${message}`);
}

test("takes a mail with 202, an empty body and an id", async () => {
  const apis = await apisOfTest();
  const response = await post(apis, mail);
  expect(response.status).toBe(202);
  expect(await response.text()).toBe("");
  const id = response.headers.get("x-message-id") ?? "";
  expect(id).toMatch(/^[\w-]{22}$/);
  expect(apis.mail()).toMatchObject({
    via: "sendgrid",
    inbox: key,
    providerId: id,
    envelope: { from: "shop@acme.example", to: ["ada@example.com"] },
    from: { name: "Acme", address: "shop@acme.example" },
    to: [{ name: "Ada", address: "ada@example.com" }],
    subject: "Hello",
    text: "Text\n",
    html: "<p>Html</p>\n",
    messageId: `<${id}@geopod-ismtpd-0>`,
  });
  expect(apis.source(apis.mail())).toMatch(/^Received: from \[127\.0\.0\.1\] by geopod-ismtpd-0 \(SG\) with HTTP\s+id/);
});

test("is spoken to by the official SDK", async () => {
  const apis = await apisOfTest();
  const { MailService } = sendgridMail as typeof sendgridMail & {
    readonly MailService: new () => typeof sendgridMail & {
      client: { setDefaultRequest(name: string, value: string): void };
    };
  };
  const sdk = new MailService();
  sdk.setApiKey(key);
  sdk.client.setDefaultRequest("baseUrl", `${apis.url}/`);
  const [answer] = await sdk.send({
    to: ["ada@example.com", "bob@example.com"],
    cc: "cy@example.com",
    bcc: "dee@example.com",
    from: "shop@acme.example",
    replyTo: "help@acme.example",
    subject: "Hello -name-",
    text: "Dear -name-",
    html: "<b>Dear -name-</b>",
    substitutionWrappers: ["-", "-"],
    substitutions: { name: "reader" },
    categories: ["welcome"],
    customArgs: { order: "7" },
    headers: { "X-Own": "ünï" },
    attachments: [{ content: Buffer.from("file").toString("base64"), filename: "a.txt", type: "text/plain" }],
  });
  expect(answer.statusCode).toBe(202);
  const [first, second, third] = apis.mails();
  expect(third).toBeUndefined();
  for (const one of [first, second]) {
    expect(one).toMatchObject({
      providerId: answer.headers["x-message-id"],
      to: [{ address: "ada@example.com" }, { address: "bob@example.com" }],
      cc: [{ address: "cy@example.com" }],
      replyTo: [{ address: "help@acme.example" }],
      subject: "Hello reader",
      text: "Dear reader\n",
      tags: ["welcome"],
      metadata: { order: "7" },
      attachments: [{ filename: "a.txt", contentType: "text/plain", disposition: "attachment", size: 4 }],
    });
  }
  expect(first?.envelope.to).toEqual(["ada@example.com", "cy@example.com", "dee@example.com"]);
  expect(first?.bcc).toEqual([{ address: "dee@example.com" }]);
  expect(second?.envelope.to).toEqual(["bob@example.com"]);
  expect(apis.source(first as never)).not.toContain("dee@example.com");
  expect(first?.headers).toContainEqual({ name: "X-Own", value: "=?UTF-8?B?w7xuw68=?=" });
});

test("renders each personalization for itself", async () => {
  const apis = await apisOfTest();
  const sendAt = Math.floor(Date.now() / 1000) + 3600;
  const response = await post(apis, {
    ...mail,
    subject: "Hi {{name}}",
    content: [{ type: "text/plain", value: "{{name}} owes {{sum}}. {{greeting}}" }],
    reply_to: { email: "{{name}}@acme.example", name: "Help for {{name}}" },
    sections: { ":bye": "Yours" },
    custom_args: { kind: "bill", run: "1" },
    headers: { "X-Run": "1" },
    personalizations: [
      {
        to: [{ email: "ada@example.com" }],
        substitutions: { "{{name}}": "Ada", "{{sum}}": "{{name}}", "{{greeting}}": ":bye" },
        custom_args: { run: "2" },
        headers: { "x-run": "2" },
        send_at: sendAt,
      },
      { to: [{ email: "bob@example.com" }], subject: "Own", from: { email: "bills@acme.example" } },
    ],
  });
  expect(await response.text()).toBe("");
  expect(response.status).toBe(202);
  const [ada, bob] = apis.mails();
  expect(ada).toMatchObject({
    subject: "Hi Ada",
    text: "Ada owes {{name}}. Yours\n",
    metadata: { kind: "bill", run: "2" },
    sendAt: new Date(sendAt * 1000),
  });
  expect(ada?.headers.filter(({ name }) => /^x-run$/i.test(name))).toEqual([{ name: "x-run", value: "2" }]);
  expect(bob).toMatchObject({
    subject: "Own",
    from: { address: "bills@acme.example" },
    envelope: { from: "bills@acme.example", to: ["bob@example.com"] },
    metadata: { kind: "bill", run: "1" },
  });
  expect(bob?.sendAt).toBeUndefined();
});

test("renders the reply address", async () => {
  const apis = await apisOfTest();
  await post(apis, {
    ...mail,
    reply_to: { email: "-box-@acme.example", name: "For -name-" },
    personalizations: [{ to: [{ email: "a@b.example" }], substitutions: { "-box-": "help", "-name-": "Ada" } }],
  });
  expect(apis.mail().replyTo).toEqual([{ name: "For Ada", address: "help@acme.example" }]);
});

test("shows a template's id and data, for its text is at SendGrid", async () => {
  const apis = await apisOfTest();
  const response = await post(apis, {
    from: mail.from,
    template_id: "d-0123456789abcdef0123456789abcdef",
    personalizations: [
      {
        to: [{ email: "ada@example.com" }],
        dynamic_template_data: { subject: "Bill", items: [{ name: "<Tea>", price: 3 }] },
      },
    ],
  });
  expect(response.status).toBe(202);
  const caught = apis.mail();
  expect(caught.subject).toBe("Bill");
  expect(caught.text).toContain("d-0123456789abcdef0123456789abcdef");
  expect(caught.text).toContain('"price": 3');
  expect(caught.html).toContain("&lt;Tea&gt;");
});

test("checks and catches nothing in sandbox mode", async () => {
  const apis = await apisOfTest();
  const sandbox = { mail_settings: { sandbox_mode: { enable: true } } };
  const response = await post(apis, { ...mail, ...sandbox });
  expect([response.status, await response.text()]).toEqual([200, ""]);
  expect(await complaints(apis, { ...mail, ...sandbox, from: {} })).toHaveLength(1);
});

test("carries amp, calendar, footer, inline images and content without a name of its own", async () => {
  const apis = await apisOfTest();
  const response = await post(apis, {
    ...mail,
    content: [
      ...mail.content,
      { type: "text/x-amp-html", value: "<html amp4email></html>" },
      { type: "text/calendar; method=REQUEST", value: "BEGIN:VCALENDAR" },
    ],
    mail_settings: { footer: { enable: true, text: "--Acme", html: "<hr>Acme" } },
    attachments: [
      { content: "iVBORw0K", filename: "logo.png", type: "image/png", disposition: "inline", content_id: "logo" },
    ],
  });
  expect(response.status).toBe(202);
  const source = apis.source(apis.mail());
  expect(source).toContain("Content-Type: text/x-amp-html");
  expect(source).toContain("Content-Type: text/calendar; method=REQUEST");
  expect(apis.mail()).toMatchObject({ text: "Text--Acme\n", html: "<p>Html</p><hr>Acme\n" });
  expect(apis.mail().attachments).toContainEqual(
    expect.objectContaining({ filename: "logo.png", contentId: "logo", disposition: "inline" }),
  );
});

test.each<[string, object, string]>([
  ["no personalization", { personalizations: [] }, "personalizations: The personalizations field is required"],
  ["no recipient", { personalizations: [{ to: [] }] }, "personalizations.0.to: The to array is required"],
  [
    "an address that is none",
    { personalizations: [{ to: [{ email: "ada" }] }] },
    "personalizations.0.to.0.email: Does not contain a valid address.",
  ],
  [
    "the same address twice",
    { personalizations: [{ to: [{ email: "a@b.example" }], cc: [{ email: "A@b.example" }] }] },
    "personalizations.0: Each email address in the personalization block should be unique between to, cc, and bcc. We found the first duplicate instance of [A@b.example] in the personalizations.0.cc field.",
  ],
  ["no sender", { from: undefined }, "from.email: The from object must be provided for every email send."],
  [
    "a sender that is none",
    { from: { email: "acme" } },
    "from.email: The from email does not contain a valid address.",
  ],
  ["no subject", { subject: undefined }, "subject: The subject is required."],
  ["an empty subject", { subject: "" }, "subject: The subject of your email must be a string"],
  ["no content", { content: undefined }, "content: Unless a valid template_id is provided"],
  [
    "an empty text",
    { content: [{ type: "text/plain", value: "" }] },
    "content.0.value: The content value must be a string at least one character in length.",
  ],
  ["html before text", { content: mail.content.toReversed() }, "content: Following RFC 1341, section 7.2"],
  [
    "a reserved header",
    { headers: { "Reply-To": "a@b.example" } },
    "headers: Header cannot be one of the reserved keys.",
  ],
  ["a header with a space", { headers: { "X A": "1" } }, "headers: Header keys cannot contain"],
  ["a header that is a number", { headers: { "X-A": 1 } }, "headers: The header values must be strings."],
  [
    "reply_to beside reply_to_list",
    { reply_to: { email: "a@b.example" }, reply_to_list: [{ email: "b@b.example" }] },
    "reply_to_list: You cannot use both",
  ],
  [
    "a time more than 72 hours ahead",
    { send_at: 9_999_999_999 },
    "send_at: Scheduling more than 72 hours in advance is forbidden.",
  ],
  ["a time that is no number", { send_at: "soon" }, "send_at: The send_at parameter is expecting a Unix timestamp"],
  [
    "eleven categories",
    { categories: Array.from({ length: 11 }, (_, i) => `c${i}`) },
    "categories: There is a limit of 10 categories",
  ],
  ["a category twice", { categories: ["a", "a"] }, "categories: The categories must be a unique list"],
  ["a long category", { categories: ["a".repeat(256)] }, "categories: Each category must not be longer than 255"],
  [
    "a number in custom_args",
    { custom_args: { a: 1 } },
    "custom_args: All values of custom arguments object must be strings",
  ],
  [
    "large custom_args",
    { custom_args: { a: "x".repeat(10_000) } },
    "personalizations.0.custom_args: The combined size of both global and personalization custom arguments",
  ],
  [
    "large substitutions",
    { personalizations: [{ to: [{ email: "a@b.example" }], substitutions: { a: "x".repeat(10_000) } }] },
    "personalizations.0.substitutions: You are limited to",
  ],
  [
    "substitutions beside a dynamic template",
    { template_id: "d-1", personalizations: [{ to: [{ email: "a@b.example" }], substitutions: { a: "b" } }] },
    "personalizations.0.substitutions: Substitutions may not be used with dynamic templating",
  ],
  [
    "an attachment that is not base64",
    { attachments: [{ content: "NOT BASE64", filename: "a" }] },
    "attachments.0.content: The attachment content must be base64 encoded.",
  ],
  [
    "an attachment without a name",
    { attachments: [{ content: "YQ==" }] },
    "attachments.0.filename: filename is required.",
  ],
  [
    "an unknown disposition",
    { attachments: [{ content: "YQ==", filename: "a", disposition: "shown" }] },
    "attachments.0.disposition: The disposition of your attachment",
  ],
  [
    "a switch that is a text",
    { tracking_settings: { open_tracking: { enable: "yes" } } },
    "tracking_settings.open_tracking.enable: The open",
  ],
  ["a group that is a text", { asm: { group_id: "1" } }, "asm.group_id: The ASM group ID must be an integer."],
])("refuses %s in SendGrid's words", async (_, change, expected) => {
  const apis = await apisOfTest();
  const found = await complaints(apis, { ...mail, ...change });
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(expected);
});

test("refuses more than 1,000 personalizations and more than 1,000 recipients, and takes 1,000", async () => {
  const apis = await apisOfTest();
  const recipients = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ email: `r${index}@example.com` }));
  const each = (count: number) => recipients(count).map((one) => ({ to: [one] }));
  expect(await complaints(apis, { ...mail, personalizations: each(1001) })).toEqual([
    expect.stringContaining("You have provided 1001 personalizations."),
  ]);
  expect(await complaints(apis, { ...mail, personalizations: [{ to: recipients(1001) }] })).toEqual([
    "personalizations: There is a limit of 1000 total recipients (to + cc + bcc) per request.",
  ]);
  expect((await post(apis, { ...mail, personalizations: each(1000) })).status).toBe(202);
  expect(apis.mails()).toHaveLength(1000);
});

test("names all that is wrong, with the page that helps", async () => {
  const apis = await apisOfTest();
  const { errors } = (await (await post(apis, {})).json()) as Errors;
  expect(errors.map(({ field }) => field)).toEqual(["personalizations", "from.email", "content"]);
  expect(errors[0]?.help).toBe(
    "http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#message.personalizations",
  );
});

test.each<[string, string, number, string]>([
  ["broken JSON", '{"from":', 400, "Bad Request"],
  ["an array", "[]", 400, "Bad Request"],
  ["null", "null", 400, "Bad Request"],
])("refuses %s", async (_, body, status, message) => {
  const apis = await apisOfTest();
  const response = await post(apis, body);
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ errors: [{ message, field: null, help: null }] });
});

test("tells a missing key from one that is not the inbox's, and a wrong type from a wrong method", async () => {
  const apis = await apisOfTest({ login: { user: "team", pass: "SG.right" } });
  const status = async (extra: Record<string, string>, method = "POST"): Promise<[number, string]> => {
    const init = {
      method,
      headers: { ...headers, ...extra },
      ...(method === "POST" && { body: JSON.stringify(mail) }),
    };
    const response = await fetch(`${apis.url}/v3/mail/send`, init);
    return [response.status, ((await response.json()) as Errors).errors[0]?.message ?? ""];
  };
  expect(await status({ authorization: "" })).toEqual([401, "Permission denied, wrong credentials"]);
  expect(await status({})).toEqual([401, "The provided authorization grant is invalid, expired, or revoked"]);
  expect(await status({ authorization: "Bearer SG.right", "content-type": "text/plain" })).toEqual([
    415,
    "Content-Type should be application/json.",
  ]);
  expect(await status({}, "GET")).toEqual([405, "POST method allowed only"]);
  expect(apis.mails()).toEqual([]);
  expect((await post(apis, mail, { authorization: "Bearer SG.right" })).status).toBe(202);
  expect(apis.mail().inbox).toBe("team");
});

test("says what a key may do", async () => {
  const apis = await apisOfTest();
  const response = await fetch(`${apis.url}/v3/scopes`, { headers });
  expect(await response.json()).toMatchObject({ scopes: expect.arrayContaining(["mail.send"]) });
});

test("tells why SendGrid drops a mail for the name of its recipient", async () => {
  const apis = await apisOfTest();
  await post(apis, { ...mail, personalizations: [{ to: [{ email: "a@b.example", name: "Smith, Ada" }] }] });
  await post(apis, { ...mail, personalizations: [{ to: [{ email: "a@b.example", name: '"Smith, Ada"' }] }] });
  const [bare, quoted] = apis.mails();
  const problems = (caught = bare) => caught?.headers.filter(({ name }) => name === "X-Inbox-Problem") ?? [];
  expect(problems(bare)).toHaveLength(1);
  expect(problems(quoted)).toEqual([]);
  expect(quoted?.to).toEqual([{ name: "Smith, Ada", address: "a@b.example" }]);
});

test("writes nothing of a hostile request into the head of a mail", async () => {
  const apis = await apisOfTest();
  const response = await post(apis, {
    ...mail,
    subject: "Hi\r\nBcc: evil@example.com\r\n\r\nbody",
    personalizations: [{ to: [{ email: "ada@example.com", name: "A\r\nX-Evil: 1" }] }],
    headers: { "X-Own": "1\r\nX-Evil: 2", __proto__: "x" },
    attachments: [{ content: "YQ==", filename: "../../etc/passwd", type: "text/html\u2028", content_id: "a>b" }],
  });
  expect(response.status).toBe(202);
  const source = apis.source(apis.mail());
  expect(source).not.toMatch(/^(?:X-Evil|Bcc):/im);
  expect(apis.mail().text).toBe("Text\n");
});
