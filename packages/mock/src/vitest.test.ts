import { describe, expect, expectTypeOf, test } from "vitest";
import { mock } from "./index.ts";
import { hello, mailerWithMock } from "./mailer.fixture.ts";
import "./vitest.ts";
import type { MockTransport } from "./mock-transport.ts";
import type { ExpectedMail } from "./vitest.ts";

const order = {
  from: "Acme <orders@acme.example>",
  to: ["Ada <ada@example.com>", "bob@example.com"],
  cc: "Carol <carol@example.com>",
  replyTo: "help@acme.example",
  subject: "Your order 7",
  text: "Thank you, Ada.",
  html: "<p>Thank you, <b>Ada</b>.</p>",
  headers: { "X-Order": "7" },
  tags: ["order", "paid"],
  metadata: { order: "7", shop: "eu" },
  sendAt: new Date("2099-01-02T03:04:05Z"),
  priority: "high",
  attachments: [
    { filename: "invoice.pdf", content: new Uint8Array([37, 80, 68, 70]) },
    { filename: "terms.txt", content: "Be nice." },
  ],
} as const;

async function sentOrder(): Promise<MockTransport> {
  const { mail, mailer } = mailerWithMock();
  await mailer.send(order);
  return mail;
}

/** The whole text with which an expectation fails. */
function failureOf(expectation: () => void): string {
  try {
    expectation();
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
  throw new Error("the expectation held");
}

const rows: readonly (readonly [string, ExpectedMail, ExpectedMail])[] = [
  ["a string exactly", { subject: "Your order 7" }, { subject: "Your order" }],
  ["a text by RegExp", { text: /thank you/i }, { text: /^ada/i }],
  ["a text by a RegExp with state", { text: /Thank/g }, { text: /nobody/g }],
  ["a text by function", { html: (html) => html.includes("<b>") }, { html: (html) => html.includes("<i>") }],
  ["a text by asymmetric matcher", { html: expect.stringContaining("Ada") }, { html: expect.stringContaining("Bob") }],
  ["an address alone", { from: "orders@acme.example" }, { from: "order@acme.example" }],
  ["an address, the domain in any case", { from: "orders@ACME.Example" }, { from: "ORDERS@acme.example" }],
  ["an address with its name", { from: "Acme <orders@acme.example>" }, { from: "Acne <orders@acme.example>" }],
  ["an address by RegExp", { to: /^ada@/ }, { to: /^eve@/ }],
  ["a name by RegExp", { cc: /^Carol </ }, { cc: /^Eve </ }],
  ["an address object", { to: { name: "Ada", address: "ada@example.com" } }, { to: { name: "Bob" } }],
  [
    "an address without name",
    { to: { name: undefined, address: "bob@example.com" } },
    { to: { name: undefined, address: "ada@example.com" } },
  ],
  ["an address by function", { to: ({ name }) => name === "Ada" }, { to: ({ name }) => name === "Eve" }],
  ["an address by asymmetric matcher", { to: expect.stringMatching(/^bob/) }, { to: expect.stringMatching(/^eve/) }],
  [
    "an address by matcher of objects",
    { to: expect.objectContaining({ name: "Ada" }) },
    { to: expect.objectContaining({ name: "Eve" }) },
  ],
  ["these addresses among others", { to: ["bob@example.com"] }, { to: ["bob@example.com", "eve@example.com"] }],
  ["a list as a whole", { tags: expect.arrayContaining(["paid"]) }, { tags: expect.arrayContaining(["late"]) }],
  ["no address", { bcc: [] }, { to: [] }],
  ["these tags among others", { tags: ["paid", /^ord/] }, { tags: ["paid", "late"] }],
  ["one tag", { tags: "paid" }, { tags: "late" }],
  ["headers, names in any case", { headers: { "x-order": /^\d$/ } }, { headers: { "x-order": "8" } }],
  ["an absent header", { headers: { "X-Other": undefined } }, { headers: { "X-Order": undefined } }],
  ["metadata", { metadata: { shop: "eu" } }, { metadata: { shop: "us" } }],
  [
    "metadata as a whole",
    { metadata: expect.objectContaining({ shop: "eu" }) },
    { metadata: expect.objectContaining({ shop: "us" }) },
  ],
  ["a date", { sendAt: new Date("2099-01-02T03:04:05Z") }, { sendAt: new Date("2099-01-02T03:04:06Z") }],
  [
    "a date by function",
    { sendAt: (date) => date.getUTCFullYear() === 2099 },
    { sendAt: (date) => date.getUTCFullYear() === 2026 },
  ],
  ["priority", { priority: "high" }, { priority: "low" }],
  ["the envelope", { envelope: { from: "orders@acme.example", to: /^carol@/ } }, { envelope: { to: /^eve@/ } }],
  ["a field that is absent", { amp: undefined, calendar: undefined }, { html: undefined }],
  ["an object that is absent", { unsubscribe: undefined, template: undefined }, { text: undefined }],
  ["a file name", { attachments: "invoice.pdf" }, { attachments: "receipt.pdf" }],
  ["a file name by RegExp", { attachments: [/\.pdf$/, /\.txt$/] }, { attachments: /\.png$/ }],
  [
    "an attachment's text",
    { attachments: { filename: "terms.txt", content: "Be nice." } },
    { attachments: { content: "Be bad." } },
  ],
  [
    "an attachment's bytes",
    { attachments: { content: Uint8Array.of(37, 80, 68, 70) } },
    { attachments: { content: Uint8Array.of(1) } },
  ],
  ["an attachment's content by RegExp", { attachments: { content: /nice/ } }, { attachments: { content: /bad/ } }],
  [
    "a media type without parameters",
    { attachments: { contentType: "text/plain" } },
    { attachments: { contentType: "text/html" } },
  ],
  [
    "a media type with parameters",
    { attachments: { contentType: "text/plain; charset=utf-8" } },
    { attachments: { contentType: "text/plain; charset=ascii" } },
  ],
  [
    "an attachment by function",
    { attachments: ({ content }) => content.length === 4 },
    { attachments: ({ text }) => text === "" },
  ],
  ["the disposition", { attachments: { disposition: "attachment" } }, { attachments: { disposition: "inline" } }],
];

describe("toHaveSent compares", () => {
  test.each(rows)("%s", async (_, matching, other) => {
    const mail = await sentOrder();
    expect(mail).toHaveSent(matching);
    expect(mail).not.toHaveSent(other);
    expect(() => expect(mail).not.toHaveSent(matching)).toThrow("Expected no mail like this");
    expect(() => expect(mail).toHaveSent(other)).toThrow("Expected a mail like this");
  });

  test.each<ExpectedMail>([
    { unsubscribe: {} },
    { calendar: {} },
    { template: {} },
    { template: { data: {} } },
    { tracking: {} },
    { tracking: { opens: undefined } as object },
  ])("an object with one that is there: %o", async (expected) => {
    const { mail, mailer } = mailerWithMock();
    await mailer.send(hello);
    expect(mail).not.toHaveSent(expected);
    expect(() => expect(mail).toHaveSent(expected)).toThrow("sent:     nothing");
  });

  test("a template in part", async () => {
    const { mail, mailer } = mailerWithMock();
    const template = { id: "order-v2", data: { order: { number: 7, total: "12.00" }, name: "Ada" } };
    await mailer.send({ ...hello, text: undefined, template });
    expect(mail).toHaveSent({ template: { id: /^order/, data: { order: { number: 7 } } } });
    expect(mail).not.toHaveSent({ template: { data: { order: { number: 8 } } } });
    expect(mail).not.toHaveSent({ template: undefined });
  });

  test("each item of a list with one of its own, in any order", async () => {
    const { mail, mailer } = mailerWithMock();
    const attachments = ["q.pdf", "q.pdf", "r.txt"].map((filename) => ({ filename, content: "x" }));
    await mailer.send({ ...hello, to: ["ada@example.com", "bob@example.com"], attachments });
    expect(mail).toHaveSent({ attachments: ["q.pdf", "q.pdf"], to: [/example/, "ada@example.com"] });
    expect(mail).toHaveSent({ attachments: [/./, /\.txt$/, /q/] });
    expect(mail).not.toHaveSent({ attachments: ["q.pdf", "q.pdf", "q.pdf"] });
    expect(mail).not.toHaveSent({ attachments: ["r.txt", /r/] });
    expect(mail).not.toHaveSent({ to: ["ada@example.com", "ada@example.com"] });
    expect(mail).not.toHaveSent({ to: [/./, /./, /./] });
  });

  test("all fields of one mail, not of several together", async () => {
    const { mail, mailer } = mailerWithMock();
    await mailer.send(hello);
    await mailer.send({ ...hello, to: "bob@example.com", subject: "Bye" });
    expect(mail).toHaveSent({ to: "bob@example.com", subject: "Bye" });
    expect(mail).not.toHaveSent({ to: "bob@example.com", subject: "Hi" });
  });

  test("nothing when nothing is expected of the mail", async () => {
    expect(await sentOrder()).toHaveSent();
    expect(mock()).not.toHaveSent();
  });
});

describe("toHaveSentTimes", () => {
  test("counts all mails, or those like one", async () => {
    const { mail, mailer } = mailerWithMock();
    expect(mail).toHaveSentTimes(0);
    await mailer.send(hello);
    await mailer.send(order);
    await mailer.send(hello);
    expect(mail).toHaveSentTimes(3);
    expect(mail).toHaveSentTimes(2, { subject: "Hi" });
    expect(mail).toHaveSentTimes(0, { subject: "Bye" });
    expect(mail).not.toHaveSentTimes(1, { subject: "Hi" });
  });

  test("refuses a number that counts nothing", () => {
    expect(() => expect(mock()).toHaveSentTimes(-1)).toThrow("needs a whole number, not -1");
  });
});

describe("misuse is refused", () => {
  test.each([
    [{ subjet: "Hi" }, "subjet is not a field of an expected mail. Fields: id, messageId, from,"],
    [{ attachments: { fileName: "a" } }, "attachments.fileName is not a field"],
    [{ attachments: [{ name: "a" }] }, "attachments.name is not a field"],
    [{ template: { name: "a" } }, "template.name is not a field"],
    [{ envelope: { rcpt: "a" } }, "envelope.rcpt is not a field"],
    [{ to: [{ email: "a@b.example" }] }, "to.email is not a field"],
    ["Hi", "must be an object"],
  ])("%o", async (expected, message) => {
    const mail = await sentOrder();
    expect(() => expect(mail).toHaveSent(expected as never)).toThrow(message);
    expect(() => expect(mail).not.toHaveSent(expected as never)).toThrow(message);
    expect(() => expect(mail).toHaveSentTimes(1, expected as never)).toThrow(message);
  });

  test("on something that is no mock", () => {
    expect(() => expect({}).toHaveSent()).toThrow("are for a mock");
  });

  test("with an address that is none", async () => {
    const mail = await sentOrder();
    expect(() => expect(mail).not.toHaveSent({ to: "ada" })).toThrow("expected address");
  });
});

describe("the failure text", () => {
  test("says that nothing was sent", () => {
    expect(failureOf(() => expect(mock()).toHaveSent({ to: "ada@example.com" }))).toMatchInlineSnapshot(
      `"Expected a mail like this to be sent, but nothing was sent."`,
    );
    expect(failureOf(() => expect(mock()).toHaveSent())).toMatchInlineSnapshot(
      `"Expected a mail to be sent, but nothing was sent."`,
    );
    expect(failureOf(() => expect(mock()).toHaveSentTimes(2))).toMatchInlineSnapshot(
      `"Expected 2 mails to be sent, but none was: nothing was sent."`,
    );
  });

  test("shows how the only mail differs, field by field", async () => {
    const mail = await sentOrder();
    const expected: ExpectedMail = {
      to: ["ada@example.com", /^eve@/],
      bcc: "eve@example.com",
      subject: /invoice/i,
      text: "Thank you, Bob.",
      html: expect.stringContaining("Bob"),
      amp: (amp) => amp !== "",
      headers: { "X-Order": "8", "X-Other": /./ },
      tags: ["late"],
      metadata: { order: "8" },
      attachments: [{ filename: /\.png$/, content: Uint8Array.of(1, 2) }],
      sendAt: new Date("2099-01-01T00:00:00Z"),
      from: "orders@acme.example",
    };
    expect(failureOf(() => expect(mail).toHaveSent(expected))).toMatchInlineSnapshot(`
      "Expected a mail like this to be sent, but 1 mail was sent and none is like it.

      How it differs:
        to
          expected: "ada@example.com", /^eve@/
          sent:     "Ada <ada@example.com>", "bob@example.com"
        bcc
          expected: "eve@example.com"
          sent:     none
        subject
          expected: /invoice/i
          sent:     "Your order 7"
        text
          expected: "Thank you, Bob."
          sent:     "Thank you, Ada."
        html
          expected: StringContaining "Bob"
          sent:     "<p>Thank you, <b>Ada</b>.</p>"
        amp
          expected: what (amp) => amp !== "" accepts
          sent:     nothing
        headers.X-Order
          expected: "8"
          sent:     "7"
        headers.X-Other
          expected: /./
          sent:     nothing
        tags
          expected: "late"
          sent:     "order", "paid"
        metadata.order
          expected: "8"
          sent:     "7"
        attachments
          expected: { filename: /\\.png$/, content: 2 bytes (0102) }
          sent:     "invoice.pdf" (application/pdf, 4 bytes), "terms.txt" (text/plain; charset=utf-8, 8 bytes)
        sendAt
          expected: 2099-01-01T00:00:00.000Z
          sent:     2099-01-02T03:04:05.000Z

      The mail that was sent:
        1. "Your order 7" to Ada <ada@example.com>, bob@example.com, Carol <carol@example.com>"
    `);
  });

  test("shows the nearest of several mails", async () => {
    const { mail, mailer } = mailerWithMock();
    await mailer.send({ ...hello, subject: "Welcome, Ada", to: "ada@example.com" });
    await mailer.send({ ...hello, subject: "Your invoice", to: "ada@example.com" });
    await mailer.send({ ...hello, subject: "Your invoice", to: "bob@example.com" });
    expect(
      failureOf(() => expect(mail).toHaveSent({ to: "ada@example.com", subject: "Welcome, Bob" })),
    ).toMatchInlineSnapshot(`
      "Expected a mail like this to be sent, but 3 mails were sent and none is like it.

      How the nearest (number 1) differs:
        subject
          expected: "Welcome, Bob"
          sent:     "Welcome, Ada"

      The 3 mails that were sent:
        1. "Welcome, Ada" to ada@example.com
        2. "Your invoice" to ada@example.com
        3. "Your invoice" to bob@example.com"
    `);
    expect(failureOf(() => expect(mail).toHaveSentTimes(3, { subject: "Your invoice" }))).toMatchInlineSnapshot(`
      "Expected 3 mails like this to be sent, but 2 were:
        1. "Your invoice" to ada@example.com
        2. "Your invoice" to bob@example.com

      How the nearest (number 1) differs:
        subject
          expected: "Your invoice"
          sent:     "Welcome, Ada"

      The 3 mails that were sent:
        1. "Welcome, Ada" to ada@example.com
        2. "Your invoice" to ada@example.com
        3. "Your invoice" to bob@example.com"
    `);
    expect(failureOf(() => expect(mail).toHaveSentTimes(1, { subject: "Your invoice" }))).toMatchInlineSnapshot(`
      "Expected 1 mail like this to be sent, but 2 were:
        1. "Your invoice" to ada@example.com
        2. "Your invoice" to bob@example.com"
    `);
    expect(failureOf(() => expect(mail).toHaveSentTimes(1, { subject: "Bye" }))).toMatchInlineSnapshot(`
      "Expected 1 mail like this to be sent, but none was.

      How the nearest (number 3) differs:
        subject
          expected: "Bye"
          sent:     "Your invoice"

      The 3 mails that were sent:
        1. "Welcome, Ada" to ada@example.com
        2. "Your invoice" to ada@example.com
        3. "Your invoice" to bob@example.com"
    `);
  });

  test("shows a long text from where it differs", async () => {
    const { mail, mailer } = mailerWithMock();
    const before = "All is well. ".repeat(100);
    await mailer.send({ ...hello, text: `${before}Yours, Acme` });
    expect(failureOf(() => expect(mail).toHaveSent({ text: `${before}Yours, Bob` }))).toMatchInlineSnapshot(`
      "Expected a mail like this to be sent, but 1 mail was sent and none is like it.

      How it differs:
        text
          expected: …"All is well. Yours, Bob"
          sent:     …"All is well. Yours, Acme"

      The mail that was sent:
        1. "Hi" to Ada <ada@example.com>"
    `);
  });

  test("lists the mails that should not have been sent", async () => {
    const { mail, mailer } = mailerWithMock();
    for (let number = 1; number <= 12; number++) await mailer.send({ ...hello, subject: `Mail ${number}` });
    expect(failureOf(() => expect(mail).not.toHaveSent())).toMatchInlineSnapshot(`
      "Expected no mail to be sent, but 12 mails were:
        … 2 older
        3. "Mail 3" to Ada <ada@example.com>
        4. "Mail 4" to Ada <ada@example.com>
        5. "Mail 5" to Ada <ada@example.com>
        6. "Mail 6" to Ada <ada@example.com>
        7. "Mail 7" to Ada <ada@example.com>
        8. "Mail 8" to Ada <ada@example.com>
        9. "Mail 9" to Ada <ada@example.com>
        10. "Mail 10" to Ada <ada@example.com>
        11. "Mail 11" to Ada <ada@example.com>
        12. "Mail 12" to Ada <ada@example.com>"
    `);
    expect(failureOf(() => expect(mail).not.toHaveSent({ subject: "Mail 1" }))).toMatchInlineSnapshot(`
      "Expected no mail like this to be sent, but 1 mail was:
        1. "Mail 1" to Ada <ada@example.com>"
    `);
    expect(failureOf(() => expect(mail).not.toHaveSentTimes(1, { subject: "Mail 1" }))).toMatchInlineSnapshot(`
      "Expected any number of mails but 1, and 1 mail like this was sent:
        1. "Mail 1" to Ada <ada@example.com>"
    `);
  });
});

test("the types know the matchers and their fields", () => {
  const typed = (): void => {
    expectTypeOf(expect(mock()).toHaveSent).parameters.toEqualTypeOf<[expected?: ExpectedMail | undefined]>();
    expectTypeOf(expect(mock()).toHaveSentTimes).parameters.toEqualTypeOf<
      [times: number, expected?: ExpectedMail | undefined]
    >();
    expectTypeOf(expect(mock()).not.toHaveSent({ to: ["a@b.example", /c/], attachments: /pdf/ })).toEqualTypeOf<void>();
    // @ts-expect-error a misspelt field
    expect(mock()).toHaveSent({ subjet: "Hi" });
    // @ts-expect-error a subject is one text
    expect(mock()).toHaveSent({ subject: ["Hi"] });
  };
  expect(typed).toBeTypeOf("function");
});
