import { type BulkRecipient, createMailer, type Message, type SendOutcome } from "@mail/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { apiKey, interceptSendgrid, mailerFor } from "./sendgrid-api.fixture.ts";
import { answerWith, sendgridServer } from "./sendgrid-server.fixture.ts";
import { sendgrid } from "./sendgrid-transport.ts";

const api = interceptSendgrid();

const letter: Message = {
  from: "Acme <hello@acme.example>",
  subject: "Hi {{name}}",
  text: "Dear {{name}}",
  html: "<p>{{name}} {{{name}}}</p>",
  headers: { "X-Run": "7", "X-Name": "{{name}}" },
  metadata: { run: "7" },
};

const people: readonly BulkRecipient[] = [
  {
    to: { name: "Ada, Countess", address: "ada@example.com" },
    data: { name: "Åda & Co" },
    metadata: { customer: "1" },
  },
  { to: "bob@example.com", data: { name: "Bob" } },
];

async function merge(
  message: Message,
  recipients: readonly BulkRecipient[] = people,
  mailer = mailerFor(),
): Promise<readonly SendOutcome[]> {
  const outcomes: SendOutcome[] = [];
  for await (const outcome of mailer.sendBulk(message, recipients)) outcomes.push(outcome);
  return outcomes.sort((one, other) => one.index - other.index);
}

describe("a mail merge", () => {
  test("is one request with a personalization for each, and what they share beside them", async () => {
    const sendAt = new Date(Date.now() + 3_600_000);
    const outcomes = await merge({ ...letter, tags: ["a"], sendAt, replyTo: "help@acme.example" });
    const [ada, bob] = outcomes.map((outcome) => (outcome.ok ? outcome.receipt : expect.fail(String(outcome.error))));
    const { personalizations, ...shared } = api.request().json;
    const [text = "", html = "", ...others] = Object.keys(personalizations[0]?.substitutions ?? {});
    expect(others).toEqual([]);
    for (const tag of [text, html]) expect(tag).toMatch(/^-[0-9a-f]{12}\.\d-$/);
    expect(shared).toEqual({
      from: { email: "hello@acme.example", name: "Acme" },
      reply_to: { email: "help@acme.example" },
      content: [
        { type: "text/plain", value: `Dear ${text}` },
        { type: "text/html", value: `<p>${html} ${text}</p>` },
      ],
      headers: { "X-Run": "7" },
      categories: ["a"],
      send_at: Math.ceil(sendAt.getTime() / 1000),
    });
    expect(personalizations).toEqual([
      {
        to: [{ email: "ada@example.com", name: '"Ada, Countess"' }],
        subject: "Hi Åda & Co",
        headers: { "X-Mail-Id": ada?.id, "X-Name": "=?UTF-8?B?w4VkYSAmIENv?=" },
        custom_args: { run: "7", customer: "1", mail_id: ada?.id },
        substitutions: { [text]: "Åda & Co", [html]: "Åda &amp; Co" },
      },
      {
        to: [{ email: "bob@example.com" }],
        subject: "Hi Bob",
        headers: { "X-Mail-Id": bob?.id, "X-Name": "Bob" },
        custom_args: { run: "7", mail_id: bob?.id },
        substitutions: { [text]: "Bob", [html]: "Bob" },
      },
    ]);
    expect([ada?.providerId, bob?.providerId, ada?.messageId]).toEqual(["abc123", "abc123", undefined]);
  });

  test("takes other tags for each request, so that nobody can write one into a value", async () => {
    await merge(letter);
    await merge(letter);
    const [first, second] = api.requests.map(({ json }) => json.personalizations[0]?.substitutions ?? {});
    expect(Object.keys(first ?? {})).not.toEqual(Object.keys(second ?? {}));
  });

  test("gives a dynamic template each recipient's data", async () => {
    await merge({ from: "hello@acme.example", template: { id: "d-1", data: { shop: "Acme" } } });
    const { template_id, content, personalizations } = api.request().json;
    expect([template_id, content]).toEqual(["d-1", undefined]);
    expect(personalizations).toMatchObject([
      { dynamic_template_data: { shop: "Acme", name: "Åda & Co" } },
      { dynamic_template_data: { shop: "Acme", name: "Bob" } },
    ]);
    expect(personalizations[0]).not.toHaveProperty("substitutions");
  });

  test("is only checked in sandbox mode", async () => {
    api.answer(200);
    expect(await merge(letter, people, mailerFor({ sandboxMode: true }))).toMatchObject([{ ok: true }, { ok: true }]);
    expect(api.request().json.mail_settings).toEqual({ sandbox_mode: { enable: true } });
  });
});

describe("a request that is refused", () => {
  async function refused(...answer: Parameters<typeof answerWith>) {
    const server = await sendgridServer(apiKey);
    const transport = sendgrid({ apiKey, baseUrl: server.baseUrl });
    onTestFinished(async () => {
      await transport.close?.();
      await server.close();
    });
    server.next(answerWith(...answer));
    return { server, outcomes: await merge(letter, people, createMailer({ transport })) };
  }

  test.each(["personalizations.1.to.0.email", "personalizations.0.custom_args", "personalizations.1.headers"])(
    "for %s goes again in parts, without what was wrong with one",
    async (field) => {
      const { server, outcomes } = await refused(400, "No.", field);
      expect(outcomes).toMatchObject([{ ok: true }, { ok: true }]);
      expect([server.requests(), server.received().length]).toEqual([3, 2]);
    },
  );

  test.each([
    ["content.1.value", "html"],
    ["from.email", "from"],
  ])("for %s is refused for all", async (apiField, field) => {
    const { server, outcomes } = await refused(400, "No.", apiField);
    expect(outcomes).toMatchObject(
      Array(2).fill({ ok: false, error: { code: "invalid_message", scope: "message", field } }),
    );
    expect(server.requests()).toBe(1);
  });
});
