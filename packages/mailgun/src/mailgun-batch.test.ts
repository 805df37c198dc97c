import { type BulkRecipient, createMailer, type Message, type SendOutcome } from "@mail/core";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { FakeMailgun } from "./fake-mailgun.fixture.ts";
import { mailgun } from "./mailgun-transport.ts";
import { key } from "./send.fixture.ts";

let fake: FakeMailgun;
beforeEach(async () => {
  const started = await FakeMailgun.start();
  fake = started;
  return () => started.close();
});

const letter: Message = {
  from: "Acme <hello@acme.example>",
  subject: "Hi {{name}}",
  text: "Dear {{name}}",
  html: "<p>{{name}} {{{name}}}</p>",
  headers: { "X-Run": "7", "X-Name": "{{name}}" },
  metadata: { run: "7" },
};

const people: readonly BulkRecipient[] = [
  { to: "Ada <ada@example.com>", data: { name: "Åda & Co" } },
  { to: "bob@example.com", data: { name: "Bob" }, metadata: { run: "8" } },
];

async function merge(message: Message, recipients = people): Promise<readonly SendOutcome[]> {
  const transport = mailgun({ apiKey: key, domain: "mg.acme.example", baseUrl: fake.url });
  onTestFinished(() => transport.close?.());
  const outcomes: SendOutcome[] = [];
  for await (const outcome of createMailer({ transport }).sendBulk(message, recipients)) outcomes.push(outcome);
  return outcomes.sort((one, other) => one.index - other.index);
}

function onlyForm(): FormData {
  expect(fake.requests).toHaveLength(1);
  return fake.requests[0]?.form ?? new FormData();
}

const variablesOf = (form: FormData): Readonly<Record<string, Readonly<Record<string, string>>>> =>
  JSON.parse(String(form.get("recipient-variables")));

describe("a mail merge", () => {
  test("is one request with variables of each recipient, under one Message-ID", async () => {
    const outcomes = await merge({ ...letter, tags: ["a"] });
    const [ada, bob] = outcomes.map((outcome) => (outcome.ok ? outcome.receipt : expect.fail(String(outcome.error))));
    const form = onlyForm();
    expect([...form].filter(([name]) => name !== "recipient-variables")).toEqual([
      ["from", "Acme <hello@acme.example>"],
      ["to", "Ada <ada@example.com>"],
      ["to", "bob@example.com"],
      ["subject", "Hi %recipient.m0%"],
      ["text", "Dear %recipient.m0%"],
      ["html", "<p>%recipient.m1% %recipient.m0%</p>"],
      ["o:tag", "a"],
      ["h:X-Run", "7"],
      ["h:X-Name", "%recipient.m2%"],
      ["h:X-Mail-Id", "%recipient.m3%"],
      ["v:mail_id", "%recipient.m4%"],
      ["v:run", "%recipient.m5%"],
    ]);
    expect(variablesOf(form)).toEqual({
      "ada@example.com": {
        m0: "Åda & Co",
        m1: "Åda &amp; Co",
        m2: "=?UTF-8?B?w4VkYSAmIENv?=",
        m3: ada?.id,
        m4: ada?.id,
        m5: "7",
      },
      "bob@example.com": { m0: "Bob", m1: "Bob", m2: "Bob", m3: bob?.id, m4: bob?.id, m5: "8" },
    });
    expect([ada?.providerId, ada?.messageId]).toEqual(["1@mg.acme.example", "<1@mg.acme.example>"]);
    expect(bob).toMatchObject({ providerId: "1@mg.acme.example", accepted: ["bob@example.com"] });
  });

  test("puts what Mailgun would take for its own placeholder into a variable", async () => {
    const text = "%recipient.m0% %recipient% 100% {{name}}";
    await merge({ ...letter, subject: "Hi", text, html: undefined, headers: { "X-A": "%recipient%" } });
    const form = onlyForm();
    expect(form.get("text")).toBe("%recipient.m0%.m0% %recipient.m0%% 100% %recipient.m1%");
    expect(form.get("h:X-A")).toBe("%recipient.m2%");
    expect(variablesOf(form)["bob@example.com"]).toMatchObject({ m0: "%recipient", m1: "Bob", m2: "%recipient%" });
  });

  test.each<[string, Message, readonly BulkRecipient[]]>([
    [
      "a template with data of the recipient",
      { ...letter, html: undefined, text: undefined, template: { id: "t" } },
      people,
    ],
    [
      "a name that looks like a placeholder",
      letter,
      people.map((one, i) => ({ ...one, to: { name: "%recipient%", address: `u${i}@example.com` } })),
    ],
    ["a tag that looks like a placeholder", { ...letter, tags: ["%recipient%"] }, people],
    ["AMP that looks like a placeholder", { ...letter, amp: "<html ⚡4email>%recipient%</html>" }, people],
  ])("does not batch %s", async (_what, message, recipients) => {
    expect(await merge(message, recipients)).toMatchObject([{ ok: true }, { ok: true }]);
    expect(fake.requests).toHaveLength(2);
    for (const { form } of fake.requests) expect(form.has("recipient-variables")).toBe(false);
  });
});

test("a batch that holds a bad address goes again in halves, because Mailgun does not say which it is", async () => {
  fake.answerNext(400, { message: "'to' parameter is not a valid address. please check documentation" });
  expect(await merge(letter)).toMatchObject([{ ok: true }, { ok: true }]);
  expect(fake.contacts).toBe(3);
});

test("a batch that is refused as a whole is refused for all", async () => {
  fake.answerNext(400, { message: "from parameter is not a valid address. please check documentation" });
  expect(await merge(letter)).toMatchObject(
    Array(2).fill({ ok: false, error: { field: "from", delivery: "not_sent" } }),
  );
  expect(fake.contacts).toBe(1);
});
