import type { BulkEmailEntryResult } from "@aws-sdk/client-sesv2";
import { type BulkRecipient, createMailer, type Message, retry, type SendOutcome, type Transport } from "@mail/core";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { credentials } from "./mail.fixture.ts";
import { answerWith, type SesServer, sesServer, type WireBulkRequest } from "./ses-server.fixture.ts";
import { ses } from "./ses-transport.ts";

let server: SesServer;
beforeEach(async () => {
  const started = await sesServer();
  server = started;
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
  { to: "Ada <ada@example.com>", data: { name: "Åda & Co" }, metadata: { customer: "ada@x" } },
  { to: "bob@example.com", data: { name: "Bob" } },
];

function transportOf(options: Partial<Parameters<typeof ses>[0]> = {}): Transport {
  const transport = ses({ region: "eu-west-1", endpoint: server.endpoint, credentials, ...options });
  onTestFinished(() => transport.close?.());
  return transport;
}

async function merge(
  message: Message,
  recipients = people,
  transport = transportOf(),
): Promise<readonly SendOutcome[]> {
  const outcomes: SendOutcome[] = [];
  for await (const outcome of createMailer({ transport }).sendBulk(message, recipients)) outcomes.push(outcome);
  return outcomes.sort((one, other) => one.index - other.index);
}

const results = (...list: readonly (Partial<BulkEmailEntryResult> | null)[]) =>
  server.next(answerWith(200, { BulkEmailEntryResults: list }));

const requestOf = (body = "{}"): WireBulkRequest => JSON.parse(body);

describe("a mail merge", () => {
  test("is one SendBulkEmail with an inline template and an entry for each", async () => {
    const transport = transportOf({ configurationSetName: "set" });
    const message = { ...letter, tags: ["a"], replyTo: "help@acme.example", tracking: { opens: false } };
    const outcomes = await merge(message, people, transport);
    const [ada, bob] = outcomes.map((outcome) => (outcome.ok ? outcome.receipt : expect.fail(String(outcome.error))));
    expect(server.bodies).toHaveLength(1);
    expect(requestOf(server.bodies[0])).toEqual({
      FromEmailAddress: "Acme <hello@acme.example>",
      ReplyToAddresses: ["help@acme.example"],
      ConfigurationSetName: "set",
      ConfigurationOverrides: { Tracking: { OpenTrackingEnabled: "DISABLED" } },
      DefaultContent: {
        Template: {
          TemplateContent: { Subject: "{{m2}}", Text: "Dear {{m0}}", Html: "<p>{{m1}} {{m0}}</p>" },
          TemplateData: "{}",
          Headers: [{ Name: "X-Run", Value: "7" }],
        },
      },
      BulkEmailEntries: [
        {
          Destination: { ToAddresses: ["Ada <ada@example.com>"] },
          ReplacementEmailContent: {
            ReplacementTemplate: {
              ReplacementTemplateData: JSON.stringify({
                m0: "Åda & Co",
                m1: "Åda &amp; Co",
                m2: "=?UTF-8?B?SGkgw4VkYSAmIENv?=",
              }),
            },
          },
          ReplacementHeaders: [
            { Name: "X-Name", Value: "=?UTF-8?B?w4VkYSAmIENv?=" },
            { Name: "X-Mail-Id", Value: ada?.id },
          ],
          ReplacementTags: [
            { Name: "mail_id", Value: ada?.id },
            { Name: "tag_1", Value: "a" },
            { Name: "run", Value: "7" },
            { Name: "customer", Value: "ada-x40-x" },
          ],
        },
        {
          Destination: { ToAddresses: ["bob@example.com"] },
          ReplacementEmailContent: {
            ReplacementTemplate: { ReplacementTemplateData: '{"m0":"Bob","m1":"Bob","m2":"Hi Bob"}' },
          },
          ReplacementHeaders: [
            { Name: "X-Name", Value: "Bob" },
            { Name: "X-Mail-Id", Value: bob?.id },
          ],
          ReplacementTags: [
            { Name: "mail_id", Value: bob?.id },
            { Name: "tag_1", Value: "a" },
            { Name: "run", Value: "7" },
          ],
        },
      ],
    });
    expect([ada?.providerId, bob?.providerId]).toEqual(["0102-1-0", "0102-1-1"]);
  });

  test.each([
    ["a {{{name}}", "a {{m0}}{{m1}}"],
    ["{{name}}}}", "{{m0}}{{m1}}"],
    ["a\\{{name}}", "a{{m0}}{{m1}}"],
  ])("keeps braces and backslashes beside a placeholder from Handlebars: %s", async (text, written) => {
    await merge({ ...letter, text, html: undefined }, people.slice(1));
    const { TemplateContent } = requestOf(server.bodies[0]).DefaultContent?.Template ?? {};
    expect(TemplateContent?.Text).toBe(written);
    expect((await server.received())[0]?.text).toBe(text.replace("{{name}}", "Bob"));
  });

  test("gives a stored template each recipient's data", async () => {
    await merge({ from: letter.from, template: { id: "welcome", data: { shop: "Acme" } } });
    const { DefaultContent, BulkEmailEntries } = requestOf(server.bodies[0]);
    expect(DefaultContent?.Template).toMatchObject({ TemplateName: "welcome", TemplateData: "{}" });
    expect(BulkEmailEntries).toMatchObject([
      {
        ReplacementEmailContent: {
          ReplacementTemplate: { ReplacementTemplateData: '{"shop":"Acme","name":"Åda & Co"}' },
        },
      },
      { ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: '{"shop":"Acme","name":"Bob"}' } } },
    ]);
  });

  test.each<[string, Message]>([
    ["an invitation", { ...letter, calendar: { content: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", method: "REQUEST" } }],
    ["a contact list", { ...letter, providerOptions: { ses: { listManagementOptions: { contactListName: "all" } } } }],
    ["a very large text", { ...letter, text: "{{name}}\n".repeat(120_000) }],
  ])("sends %s to each by itself", async (_what, message) => {
    expect(await merge(message)).toMatchObject([{ ok: true }, { ok: true }]);
    expect(server.bodies.map((body) => "BulkEmailEntries" in JSON.parse(body))).toEqual([false, false]);
  });
});

describe("the status of an entry", () => {
  test.each([
    ["MESSAGE_REJECTED", "Message contains a virus.", { code: "policy_rejected", retryable: false }],
    ["MESSAGE_REJECTED", "Email address is not verified.", { code: "permission", retryable: false }],
    ["MAIL_FROM_DOMAIN_NOT_VERIFIED", "", { code: "permission", retryable: false }],
    ["CONFIGURATION_SET_NOT_FOUND", "", { code: "configuration", retryable: false }],
    ["TEMPLATE_NOT_FOUND", "", { code: "configuration", retryable: false }],
    ["INVALID_SENDING_POOL_NAME", "", { code: "configuration", retryable: false }],
    ["ACCOUNT_SUSPENDED", "", { code: "permission", retryable: false }],
    ["ACCOUNT_SENDING_PAUSED", "", { code: "permission", retryable: false }],
    ["CONFIGURATION_SET_SENDING_PAUSED", "", { code: "permission", retryable: false }],
    ["ACCOUNT_THROTTLED", "", { code: "rate_limited", scope: "transport", retryable: true }],
    ["ACCOUNT_DAILY_QUOTA_EXCEEDED", "", { code: "quota_exceeded", retryable: true, retryAfterMs: 3_600_000 }],
    ["INVALID_PARAMETER", "Bad tag", { code: "invalid_message", scope: "message", retryable: false }],
    ["TRANSIENT_FAILURE", "", { code: "unavailable", scope: "transport", retryable: true }],
    ["FAILED", "", { code: "unknown", retryable: false }],
  ] as const)("%s %s is that recipient's error alone", async (Status, text, error) => {
    results({ Status, Error: text }, { Status: "SUCCESS", MessageId: "0102-b" });
    expect(await merge(letter)).toMatchObject([
      { ok: false, error: { ...error, delivery: "not_sent", response: { status: 200 }, transport: "ses" } },
      { ok: true, receipt: { providerId: "0102-b", accepted: ["bob@example.com"] } },
    ]);
  });

  test.each([
    ["is not known", { Status: "SOMETHING_NEW" as never }],
    ["is missing", {}],
    ["says yes without an id", { Status: "SUCCESS" }],
    ["is null", null],
  ] as const)("that %s leaves the outcome open", async (_what, result) => {
    results({ Status: "SUCCESS", MessageId: "0102-a" }, result);
    expect(await merge(letter)).toMatchObject([{ ok: true }, { ok: false, error: { delivery: "unknown" } }]);
  });

  test("decides who goes again", async () => {
    results({ Status: "ACCOUNT_THROTTLED" }, { Status: "MESSAGE_REJECTED" });
    const transport = retry(transportOf(), { attempts: 2, backoff: { initialMs: 1, maxMs: 1 } });
    expect(await merge(letter, people, transport)).toMatchObject([
      { ok: true, receipt: { attempts: [{ error: { code: "rate_limited" } }, {}] } },
      { ok: false, error: { code: "policy_rejected", attempts: [{}] } },
    ]);
    expect(server.bodies.map((body) => requestOf(body).BulkEmailEntries?.length)).toEqual([1]);
  });
});

test.each([
  ["no results", {}],
  ["fewer results than entries", { BulkEmailEntryResults: [{ Status: "SUCCESS", MessageId: "0102-a" }] }],
])("an answer with %s is no success for those it leaves out", async (_what, body) => {
  server.next(answerWith(200, body));
  const outcomes = await merge(letter);
  expect(outcomes.at(-1)).toMatchObject({ ok: false, error: { code: "configuration", delivery: "unknown" } });
});

test.each([
  ["fewer", [{ Status: "TRANSIENT_FAILURE" }] as const],
  ["more", ["a", "b", "c"].map((id) => ({ Status: "SUCCESS", MessageId: `0102-${id}` }) as const)],
])(
  "%s results than entries leave everybody's outcome open, since nobody can tell whose they are",
  async (_what, list) => {
    results(...list);
    const open = { ok: false, error: { code: "configuration", delivery: "unknown" } };
    expect(await merge(letter)).toMatchObject([open, open]);
  },
);
