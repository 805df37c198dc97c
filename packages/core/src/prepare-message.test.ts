import { describe, expect, test } from "vitest";
import type { MailError } from "./mail-error.ts";
import { hello } from "./memory-transport.fixture.ts";
import type { Message } from "./message.ts";
import { prepareMessage } from "./prepare-message.ts";

/** The error that preparing throws; messages come in shapes that the types forbid. */
function refusal(message: unknown): unknown {
  try {
    prepareMessage(message as Message);
    return undefined;
  } catch (error) {
    return error;
  }
}

const prepare = (fields: Message) => prepareMessage({ ...hello, ...fields });

describe("a prepared message", () => {
  test("has ids, a date, the envelope and every list set", () => {
    const mail = prepareMessage(hello);
    expect(mail.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(mail).toEqual({
      id: mail.id,
      messageId: `<${mail.id}@acme.example>`,
      date: expect.any(Date),
      envelope: { from: "hello@acme.example", to: ["ada@example.com"] },
      from: { name: "Acme", address: "hello@acme.example" },
      to: [{ address: "ada@example.com" }],
      cc: [],
      bcc: [],
      replyTo: [],
      subject: "Hi",
      text: "Hello",
      attachments: [],
      headers: { "X-Mail-Id": mail.id },
      references: [],
      tags: [],
      metadata: {},
      providerOptions: {},
    });
    expect(Object.isFrozen(mail)).toBe(true);
    expect(Object.isFrozen(mail.headers)).toBe(true);
  });

  test("names each recipient of the envelope once, whatever list it came from", () => {
    const { envelope } = prepare({ to: ["a@x.example", "A B <a@x.example>"], cc: "b@X.example", bcc: ["b@x.example"] });
    expect(envelope.to).toEqual(["a@x.example", "b@x.example"]);
  });

  test("returns bounces to envelope.from, else to the sender, else to the author", () => {
    expect(prepare({}).envelope.from).toBe("hello@acme.example");
    expect(prepare({ sender: "s@acme.example" }).envelope.from).toBe("s@acme.example");
    expect(prepare({ sender: "s@acme.example", envelope: { from: "b@acme.example" } }).envelope.from).toBe(
      "b@acme.example",
    );
  });

  test("can go to cc or bcc alone", () => {
    expect(prepare({ to: undefined, bcc: "b@x.example" })).toMatchObject({ to: [], bcc: [{ address: "b@x.example" }] });
  });

  test("has a Message-ID of a valid form where the sender's domain is an address literal", () => {
    expect(prepare({ from: "a@[192.0.2.1]" }).messageId).toMatch(/^<[0-9a-f-]+@localhost>$/);
  });

  test("takes threading ids with and without <>, as a list or as a header", () => {
    const mail = prepare({ inReplyTo: "b@x", references: "<a@x>\tb@x  <c@x>" });
    expect(mail).toMatchObject({ inReplyTo: "<b@x>", references: ["<a@x>", "<b@x>", "<c@x>"] });
    expect(mail.headers).toMatchObject({ "In-Reply-To": "<b@x>", References: "<a@x> <b@x> <c@x>" });
    expect(prepare({ references: ["a@x"] }).references).toEqual(["<a@x>"]);
  });

  test.each([
    ["high", { "X-Priority": "1 (Highest)", Importance: "High" }],
    ["low", { "X-Priority": "5 (Lowest)", Importance: "Low" }],
    ["normal", {}],
  ] as const)("priority %s becomes headers", (priority, headers) => {
    const mail = prepare({ priority });
    expect(mail.headers).toEqual({ "X-Mail-Id": mail.id, ...headers });
  });

  test("unsubscribing by https becomes List-Unsubscribe with one click", () => {
    const { headers } = prepare({ unsubscribe: { url: "https://acme.example/u?a=1,2", mailto: "u@acme.example" } });
    expect(headers["List-Unsubscribe"]).toBe("<https://acme.example/u?a=1%2C2>, <mailto:u@acme.example>");
    expect(headers["List-Unsubscribe-Post"]).toBe("List-Unsubscribe=One-Click");
    expect(prepare({ unsubscribe: { url: "https://acme.example/", oneClick: false } }).headers).not.toHaveProperty(
      "List-Unsubscribe-Post",
    );
  });

  test.each([
    ["mailto:u@acme.example?subject=what?now", "mailto:u@acme.example?subject=what?now"],
    ["MAILTO:u@acme.example?subject=Für Ada, <b>", "mailto:u@acme.example?subject=F%C3%BCr%20Ada%2C%20%3Cb%3E"],
    ["u%2Bn@acme.example", "mailto:u%2Bn@acme.example"],
    ["a#b&c@acme.example", "mailto:a%23b%26c@acme.example"],
    ["100%@acme.example", "mailto:100%25@acme.example"],
    ["List <u@acme.example>", "mailto:u@acme.example"],
  ])("unsubscribing by mail to %s is a URL in ASCII", (mailto, url) => {
    expect(prepare({ unsubscribe: { mailto } }).unsubscribe).toEqual({ mailto: url, oneClick: false });
  });

  test("takes the calendar's method from its content in any case, else PUBLISH", () => {
    const event = (line: string): string => `BEGIN:VCALENDAR\r\n${line}VERSION:2.0\r\nEND:VCALENDAR\r\n`;
    const methodOf = (content: string, method?: string) => prepare({ calendar: { content, method } }).calendar?.method;
    expect(methodOf(event("METHOD:REQUEST\r\n"))).toBe("REQUEST");
    expect(methodOf(event("method:reply\n"))).toBe("REPLY");
    expect(methodOf(event(""))).toBe("PUBLISH");
    expect(methodOf(event("METHOD:REQUEST\r\n"), "cancel")).toBe("CANCEL");
  });

  test("a calendar, a template or an empty string is body enough", () => {
    const bare = { ...hello, text: undefined };
    expect(refusal({ ...bare, calendar: { content: "BEGIN:VCALENDAR\r\nEND:VCALENDAR" } })).toBeUndefined();
    expect(refusal({ ...bare, template: { id: "t" } })).toBeUndefined();
    expect(refusal({ ...bare, html: "" })).toBeUndefined();
  });

  test("keeps tags once each, metadata, headers and a date of its own", () => {
    const sendAt = new Date(Date.now() + 60_000);
    const mail = prepare({
      tags: ["a", "b", "a"],
      metadata: { __proto__x: "1", constructor: "2" },
      headers: { "X-App": "shop", constructor: "x" },
      sendAt,
      tracking: { opens: false },
      idempotencyKey: "invoice-4711",
    });
    expect(mail).toMatchObject({
      tags: ["a", "b"],
      metadata: { __proto__x: "1", constructor: "2" },
      headers: { "X-App": "shop", constructor: "x" },
      tracking: { opens: false },
      idempotencyKey: "invoice-4711",
    });
    expect(mail.sendAt).toEqual(sendAt);
    expect(mail.sendAt).not.toBe(sendAt);
  });

  test("leaves empty subjects, tabs and non-ASCII text as they are", () => {
    expect(prepare({ subject: undefined }).subject).toBe("");
    expect(prepare({ subject: "Grüße\t👋" }).subject).toBe("Grüße\t👋");
  });

  test("is checked and taken in one reading, so that a getter cannot change its mind", () => {
    const twoFaced = (good: string) => {
      let reads = 0;
      return { enumerable: true, get: () => (reads++ === 0 ? good : "x\r\nBcc: eve@example.com") };
    };
    const template = Object.defineProperties({}, { id: twoFaced("t") });
    const attachment = Object.defineProperties(
      { content: "x" },
      {
        filename: twoFaced("a.txt"),
        contentType: twoFaced("text/plain"),
        contentId: twoFaced("c"),
      },
    );
    const mail = prepareMessage({
      ...hello,
      text: undefined,
      template,
      attachments: [attachment],
    } as unknown as Message);
    expect(JSON.stringify(mail)).not.toContain("eve@");
  });
});

const unsafe = ["a\r\nBcc: eve@example.com", "a\nb", "a\rb", "a\0b", "a\u2028b", "a\u0085b", "a\x0bb", "a\ud800b"];

describe("a message is refused with the field named", () => {
  test.each([
    ["text", { template: { id: "t" } }],
    ["html", { template: { id: "t" }, text: undefined, html: "<p>x</p>" }],
    ["headers.X-SMTPAPI", { headers: { "X-SMTPAPI": '{"to":["eve@example.com"]}' } }],
    ["headers.X-Mailgun-Tag", { headers: { "X-Mailgun-Tag": "a" } }],
    ["headers.x-ses-configuration-set", { headers: { "x-ses-configuration-set": "a" } }],
    ["headers.X-MSYS-API", { headers: { "X-MSYS-API": '{"bcc":["eve@example.com"]}' } }],
    ["headers.Apparently-To", { headers: { "Apparently-To": "eve@example.com" } }],
    ["headers.Resent-Bcc", { headers: { "Resent-Bcc": "eve@example.com" } }],
    ["headers.X-Empty", { headers: { "X-Empty": " " } }],
    ["headers.X-Long", { headers: { "X-Long": "x".repeat(1_000) } }],
    ["subject", { subject: "x".repeat(1_000) }],
    ["subject", { subject: `x${" ".repeat(1_000)}x` }],
    ["references", { references: `<${"x".repeat(1_000)}@y.example>` }],
    ["inReplyTo", { inReplyTo: `<${"x".repeat(1_000)}@y.example>` }],
    ["unsubscribe", { unsubscribe: { url: `https://x.example/${"x".repeat(1_000)}` } }],
    ["from", { from: { name: "x".repeat(601), address: "a@b.example" } }],
  ])("%s in %o", (field, message) => {
    expect(() => prepareMessage({ ...hello, ...message } as Message)).toThrow(
      expect.objectContaining({ code: "invalid_message", field, hint: expect.any(String) }),
    );
  });

  test("a long value is taken where it can be folded or encoded", () => {
    const headers = { "X-Words": "word ".repeat(400), "X-Umlauts": "ü".repeat(1_000) };
    expect(prepareMessage({ ...hello, headers }).headers).toMatchObject(headers);
  });

  test("nobody is written to twice: the first of to, cc and bcc counts", () => {
    const mail = prepareMessage({
      ...hello,
      to: ["A@b.example", "a@b.example", "c@d.example"],
      cc: ["C@d.example", "e@f.example"],
      bcc: ["e@f.example", "g@h.example"],
    });
    expect(mail).toMatchObject({
      to: [{ address: "A@b.example" }, { address: "c@d.example" }],
      cc: [{ address: "e@f.example" }],
      bcc: [{ address: "g@h.example" }],
      envelope: { to: ["A@b.example", "c@d.example", "e@f.example", "g@h.example"] },
    });
  });

  test.each([
    [{ from: undefined }, "from"],
    [{ from: [] }, "from"],
    [{ from: "" }, "from"],
    [{ from: "nobody" }, "from"],
    [{ from: "a@x.example, b@x.example" }, "from"],
    [{ sender: null }, "sender"],
    [{ replyTo: ["a@x.example", ""] }, "replyTo[1]"],
    [{ replyTo: Object.assign(new Array(2), { 1: "a@x.example" }) }, "replyTo[0]"],
    [{ envelope: { from: "" } }, "envelope.from"],
    [{ envelope: { to: "a@x.example" } }, "envelope.to"],
    [{ envelope: "a@x.example" }, "envelope"],
    [{ envelope: 5 }, "envelope"],
    [{ envelope: null }, "envelope"],
    [{ subject: 5 }, "subject"],
    [{ text: undefined }, "text"],
    [{ text: 5 }, "text"],
    [{ text: null }, "text"],
    [{ text: "half \ud83d" }, "text"],
    [{ html: ["<p>"] }, "html"],
    [{ text: undefined, amp: "<html amp4email>" }, "text"],
    [{ body: "x" }, "body"],
    [{ attachments: {} }, "attachments"],
    [{ attachments: null }, "attachments"],
    [{ attachments: new Array(1) }, "attachments[0]"],
    [{ calendar: "BEGIN:VCALENDAR" }, "calendar"],
    [{ calendar: null }, "calendar"],
    [{ calendar: {} }, "calendar.content"],
    [{ calendar: { content: "x" } }, "calendar.content"],
    [{ calendar: { content: "BEGIN:VCALENDAR\n\ud800" } }, "calendar.content"],
    [{ calendar: { content: "BEGIN:VCALENDAR", method: true } }, "calendar.method"],
    [{ calendar: { content: "BEGIN:VCALENDAR", method: "A\r\nB: c" } }, "calendar.method"],
    [{ calendar: { content: "BEGIN:VCALENDAR", method: "" } }, "calendar.method"],
    [{ headers: "X-A: b" }, "headers"],
    [{ headers: null }, "headers"],
    [{ headers: [["X-A", "b"]] }, "headers"],
    [{ headers: new Headers({ "X-A": "b" }) }, "headers"],
    [{ headers: new Map([["X-A", "b"]]) }, "headers"],
    [{ headers: { "X-A": 1 } }, "headers.X-A"],
    [{ headers: { "X A": "b" } }, "headers.X A"],
    [{ headers: { "X-A:": "b" } }, "headers.X-A:"],
    [{ headers: { "": "b" } }, "headers."],
    [{ headers: { "X-Ä": "b" } }, "headers.X-Ä"],
    [{ headers: { "X-A": "b", "x-a": "c" } }, "headers.x-a"],
    [{ headers: { References: "<a@x>" }, references: "<b@x>" }, "headers.References"],
    [{ inReplyTo: "not an id" }, "inReplyTo"],
    [{ inReplyTo: "" }, "inReplyTo"],
    [{ references: 5 }, "references"],
    [{ references: {} }, "references"],
    [{ references: null }, "references"],
    [{ references: ["<a@x>", 5] }, "references[1]"],
    [{ references: "<a@x>,<b@x>" }, "references[0]"],
    [{ priority: "urgent" }, "priority"],
    [{ priority: Object.create(null) }, "priority"],
    [{ priority: Symbol("high") }, "priority"],
    [{ tags: "welcome" }, "tags"],
    [{ tags: null }, "tags"],
    [{ tags: ["a", "a", " "] }, "tags[2]"],
    [{ tags: new Array(1) }, "tags[0]"],
    [{ tags: ["ä".repeat(65)] }, "tags[0]"],
    [{ tags: [..."abcdefghijk"] }, "tags"],
    [{ metadata: new Map([["a", "b"]]) }, "metadata"],
    [{ metadata: ["a"] }, "metadata"],
    [{ metadata: null }, "metadata"],
    [{ metadata: { a: 1 } }, "metadata.a"],
    [{ metadata: { "a b": "1" } }, "metadata.a b"],
    [{ metadata: { ["k".repeat(65)]: "1" } }, `metadata.${"k".repeat(65)}`],
    [{ metadata: { mail_id: "1" } }, "metadata.mail_id"],
    [{ metadata: { a: "ä".repeat(5_000) } }, "metadata"],
    [{ template: "t" }, "template"],
    [{ template: null }, "template"],
    [{ template: {} }, "template.id"],
    [{ template: { id: " " } }, "template.id"],
    [{ template: { id: "t", data: [] } }, "template.data"],
    [{ template: { id: "t", data: { count: 1n } } }, "template.data"],
    [{ template: { id: "t", version: 2 } }, "template.version"],
    [{ sendAt: "tomorrow" }, "sendAt"],
    [{ sendAt: new Date(Number.NaN) }, "sendAt"],
    [{ tracking: false }, "tracking"],
    [{ tracking: null }, "tracking"],
    [{ tracking: { opens: "no" } }, "tracking.opens"],
    [{ tracking: { open: true } }, "tracking.open"],
    [{ unsubscribe: "https://x.example" }, "unsubscribe"],
    [{ unsubscribe: null }, "unsubscribe"],
    [{ unsubscribe: {} }, "unsubscribe"],
    [{ unsubscribe: { url: "http://x.example" } }, "unsubscribe.url"],
    [{ unsubscribe: { url: "x" } }, "unsubscribe.url"],
    [{ unsubscribe: { mailto: "nobody" } }, "unsubscribe.mailto"],
    [{ unsubscribe: { mailto: "a%0d%0aBcc:b@x.example" } }, "unsubscribe.mailto"],
    [{ unsubscribe: { mailto: "u@x.example", oneClick: true } }, "unsubscribe.oneClick"],
    [{ unsubscribe: { url: "https://x.example", oneClick: "no" } }, "unsubscribe.oneClick"],
    [{ idempotencyKey: " " }, "idempotencyKey"],
    [{ idempotencyKey: "k".repeat(256) }, "idempotencyKey"],
    [{ providerOptions: "ses" }, "providerOptions"],
    [{ providerOptions: null }, "providerOptions"],
  ])("%o: %s", (fields, field) => {
    expect(refusal({ ...hello, ...fields })).toMatchObject({
      name: "MailError",
      code: "invalid_message",
      field,
      delivery: "not_sent",
    });
  });

  test.each([null, undefined, "Hi", [hello], Promise.resolve(hello)])("a message that is %o", (message) => {
    expect(refusal(message)).toMatchObject({ code: "invalid_message", field: "message" });
  });

  test.each([
    [{ to: [] }, "to"],
    [{ to: undefined }, "to"],
    [{ to: undefined, cc: [] }, "to"],
    [{ to: "" }, "to"],
    [{ to: ["a@x.example", ""] }, "to[1]"],
    [{ to: Object.assign(new Array(2), { 1: "a@x.example" }) }, "to[0]"],
    [{ to: "a@x.example, b@x.example" }, "to"],
    [{ to: ["a@x.example;b@x.example"] }, "to[0]"],
    [{ cc: { address: "a@x.example <b@x.example>" } }, "cc"],
    [{ bcc: [5] }, "bcc[0]"],
    [{ to: null }, "to"],
    [{ to: new Set(["a@x.example"]) }, "to"],
  ])("recipients %o: %s", (fields, field) => {
    expect(refusal({ ...hello, ...fields })).toMatchObject({ code: "invalid_recipient", scope: "recipient", field });
  });

  test.each([
    "From",
    "sender",
    "TO",
    "Cc",
    "bcc",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "content-anything",
    "DKIM-Signature",
    "Received",
    "Return-Path",
    "X-Mail-Id",
    "X-SG-ID",
    "X-SG-EID",
  ])("the header %s", (name) => {
    expect(refusal({ ...hello, headers: { [name]: "x" } })).toMatchObject({
      code: "invalid_message",
      field: `headers.${name}`,
      hint: expect.any(String),
    });
  });

  describe.each(unsafe.map((text) => [JSON.stringify(text), text] as const))("%s", (_, text) => {
    test.each([
      [{ from: `${text}@x.example` }, "from"],
      [{ from: { name: text, address: "a@x.example" } }, "from"],
      [{ from: { address: `a@${text}.example` } }, "from"],
      [{ sender: `"${text}" <a@x.example>` }, "sender"],
      [{ to: [{ name: text, address: "a@x.example" }] }, "to[0]"],
      [{ cc: `a@x.example${text}` }, "cc"],
      [{ bcc: [`<${text}@x.example>`] }, "bcc[0]"],
      [{ replyTo: { name: text, address: "a@x.example" } }, "replyTo"],
      [{ envelope: { from: `${text}@x.example` } }, "envelope.from"],
      [{ subject: text }, "subject"],
      [{ headers: { [text]: "b" } }, "headers"],
      [{ headers: { "X-A": text } }, "headers.X-A"],
      [{ inReplyTo: `<a@${text}>` }, "inReplyTo"],
      [{ references: [`<a@${text}>`] }, "references[0]"],
      [{ tags: [text] }, "tags[0]"],
      [{ metadata: { [text]: "b" } }, "metadata"],
      [{ metadata: { a: text } }, "metadata.a"],
      [{ template: { id: text } }, "template.id"],
      [{ unsubscribe: { url: `https://x.example/${text}` } }, "unsubscribe.url"],
      [{ unsubscribe: { mailto: `u@x.example?subject=${text}` } }, "unsubscribe.mailto"],
      [{ idempotencyKey: text }, "idempotencyKey"],
      [{ attachments: [{ filename: text, content: "" }] }, "attachments[0].filename"],
      [{ attachments: [{ contentId: text, content: "" }] }, "attachments[0].contentId"],
      [{ attachments: [{ contentType: `text/plain; name="${text}"`, content: "" }] }, "attachments[0].contentType"],
    ])("in %o", (fields, field) => {
      const error = refusal({ ...hello, ...fields });
      expect(error).toMatchObject({ field, delivery: "not_sent" });
      expect(["invalid_message", "invalid_recipient"]).toContain((error as MailError).code);
      expect((error as MailError).message).not.toMatch(/[\r\n\0]/);
    });
  });

  test("a field whose getter throws, with what it threw as the cause", () => {
    const cause = new Error("lazy");
    const message = Object.defineProperty({ ...hello }, "html", {
      enumerable: true,
      get() {
        throw cause;
      },
    });
    expect(refusal(message)).toMatchObject({ code: "invalid_message", field: "message", cause });
  });

  test("bytes and lists in the wrong place, without walking through them", () => {
    const huge = new Uint8Array(200_000_000);
    for (const [fields, field] of [
      [{ headers: huge }, "headers"],
      [{ metadata: huge }, "metadata"],
      [{ attachments: [huge] }, "attachments[0]"],
      [{ calendar: huge }, "calendar"],
    ] as const) {
      expect(refusal({ ...hello, ...fields })).toMatchObject({ code: "invalid_message", field });
    }
  });
});
