import { type BulkRecipient, type Message, type Receipt, rateLimit, type SendOutcome } from "@mail/core";
import { describe, expect, test } from "vitest";
import { apis, countRequests, freshInbox, merge, transportTo } from "./bulk-inbox.ts";

const letter: Message = {
  from: "Acme <hello@acme.example>",
  subject: "Order {{number}}",
  text: "Dear {{name}}, order {{number}} is on its way.",
  html: "<p>Dear {{name}}, order <b>{{number}}</b> is on its way.</p>",
  tags: ["orders"],
  metadata: { campaign: "autumn" },
};

const people = (count: number): BulkRecipient[] =>
  Array.from({ length: count }, (_, index) => ({
    to: `Reader ${index} <reader${index}@example.com>`,
    data: { name: `Reader <${index}>`, number: index },
    metadata: { customer: `c-${index}` },
  }));

const receipts = (outcomes: readonly SendOutcome[]): readonly Receipt[] =>
  outcomes.map((outcome) => {
    if (!outcome.ok) throw outcome.error;
    return outcome.receipt;
  });

test.each([
  ["sendgrid", 1],
  ["mailgun", 1],
  ["ses", 20],
] as const)(
  "1,000 personalised recipients by %s: %i requests, and each sees their own mail alone",
  { timeout: 120_000 },
  async (via, requests) => {
    const inbox = await freshInbox();
    const asked = countRequests(inbox, via);
    const sent = receipts(await merge(transportTo(inbox, via), letter, people(1000)));
    expect(asked()).toBe(requests);
    const caught = new Map(inbox.messages({ limit: 2000 }).map((mail) => [mail.mailId, mail]));
    expect(caught.size).toBe(1000);
    for (const [index, { id, accepted, providerId }] of sent.entries()) {
      const mail = caught.get(id);
      expect(mail).toMatchObject({
        envelope: { to: [`reader${index}@example.com`] },
        to: [{ name: `Reader ${index}`, address: `reader${index}@example.com` }],
        cc: [],
        bcc: [],
        subject: `Order ${index}`,
        text: expect.stringContaining(`Dear Reader <${index}>, order ${index} is`),
        html: expect.stringContaining(`Dear Reader &lt;${index}&gt;, order <b>${index}</b>`),
        metadata: { mail_id: id, campaign: "autumn", customer: `c-${index}` },
        providerId,
      });
      expect(accepted).toEqual([`reader${index}@example.com`]);
      expect(Buffer.from(inbox.source(mail?.id ?? "") ?? "").toString()).not.toContain(
        `reader${(index + 1) % 1000}@example.com`,
      );
    }
  },
);

test.each([
  ["sendgrid", 900, 3_000, 2],
  ["mailgun", 30, 200_000, 2],
  ["ses", 40, 5_000, 2],
] as const)(
  "%s gets what has too many bytes for one request in several: %i recipients with %i bytes each in %i",
  { timeout: 120_000 },
  async (via, count, bytes, requests) => {
    const inbox = await freshInbox();
    const asked = countRequests(inbox, via);
    const essay = "essay\n".repeat(bytes / 6);
    const message = { ...letter, subject: "Essay", text: "{{essay}}", html: undefined };
    const recipients = people(count).map(({ to }) => ({ to, data: { essay } }));
    receipts(await merge(transportTo(inbox, via), message, recipients));
    expect(asked()).toBe(requests);
    expect(inbox.messages({ limit: 2000 })).toHaveLength(count);
  },
);

test("a recipient whose values SendGrid would not take beside others gets a request of their own", async () => {
  const inbox = await freshInbox();
  const asked = countRequests(inbox, "sendgrid");
  const recipients = people(5).map((one, index) =>
    index === 2 ? { ...one, data: { name: "é".repeat(6_000), number: 2 } } : one,
  );
  receipts(await merge(transportTo(inbox, "sendgrid"), letter, recipients));
  expect(asked()).toBe(2);
  expect(inbox.messages()).toHaveLength(5);
});

test("a mail that SES cannot put together itself goes to each recipient by itself", async () => {
  const inbox = await freshInbox();
  const asked = countRequests(inbox, "ses");
  const calendar = { content: "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", method: "REQUEST" };
  receipts(await merge(transportTo(inbox, "ses"), { ...letter, calendar }, people(3)));
  expect(asked()).toBe(3);
});

describe.each(apis)("a mail merge by %s", (via) => {
  test("refuses bad and suppressed recipients by themselves, and sends the same address twice in two requests", async () => {
    const inbox = await freshInbox();
    const asked = countRequests(inbox, via);
    const suppressions = {
      find: async (asked: readonly string[]) =>
        asked
          .filter((one) => one === "reader1@example.com")
          .map((address) => ({ address, reason: "bounced" }) as const),
    };
    const [zero, one, two] = people(3);
    const outcomes = await merge({ transport: transportTo(inbox, via), suppressions }, letter, [
      zero as BulkRecipient,
      one as BulkRecipient,
      { ...two, to: "nobody" },
      { to: "late@example.com", data: { name: "Late" } },
      { ...two, to: "READER0@example.com" },
    ]);
    expect(
      outcomes.map((outcome) => (outcome.ok ? "sent" : [outcome.error.code, outcome.error.field].join(" ").trim())),
    ).toEqual(["sent", "suppressed", "invalid_recipient to", "invalid_message data.number", "sent"]);
    expect(inbox.messages().map(({ envelope }) => envelope.to)).toEqual([
      ["reader0@example.com"],
      ["READER0@example.com"],
    ]);
    expect(asked()).toBe(2);
  });

  test("attaches a file once to a request, and it arrives with each mail", async () => {
    const inbox = await freshInbox();
    let opened = 0;
    const content = (): string => {
      opened++;
      return "shared";
    };
    receipts(
      await merge(transportTo(inbox, via), { ...letter, attachments: [{ filename: "a.txt", content }] }, people(5)),
    );
    expect(inbox.messages().map(({ attachments }) => attachments)).toEqual(
      Array(5).fill([expect.objectContaining({ filename: "a.txt", size: 6 })]),
    );
    expect(opened).toBe(1);
  });

  test("counts recipients against a rate limit", async () => {
    const inbox = await freshInbox();
    const asked = countRequests(inbox, via);
    receipts(await merge(rateLimit(transportTo(inbox, via), { max: 2, perMs: 20 }), letter, people(5)));
    expect(asked()).toBe(3);
  });

  test("gives each recipient headers and metadata of their own, even where the others have none of that name", async () => {
    const inbox = await freshInbox();
    const asked = countRequests(inbox, via);
    const recipients = people(6).map((one, index) =>
      index % 2 === 0 ? one : { ...one, headers: { "X-Extra": `e${index} é` }, metadata: { extra: `m${index}` } },
    );
    const sent = receipts(await merge(transportTo(inbox, via), letter, recipients));
    for (const [index, { id }] of sent.entries()) {
      const mail = inbox.messages().find(({ mailId }) => mailId === id);
      const extra = mail?.headers.some(({ name }) => name.toLowerCase() === "x-extra");
      expect([extra, mail?.metadata["extra"]]).toEqual(
        index % 2 === 0 ? [false, undefined] : [true, expect.any(String)],
      );
    }
    expect(asked()).toBe(via === "mailgun" ? 2 : 1);
  });
});
