import { type Message, prepareMessage } from "@mail/core";
import PostalMime from "postal-mime";
import { describe, expect, it } from "vitest";
import { obstaclesToSimple } from "./content-form.ts";
import { hello } from "./mail.fixture.ts";
import { toSesRequest } from "./to-ses-request.ts";

const invitation = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n";

async function raw(message: Message) {
  const mail = prepareMessage({ ...hello, ...message });
  const { input } = await toSesRequest(mail, undefined, undefined);
  const data = input.Content?.Raw?.Data;
  if (data === undefined) throw new Error("the content is not raw");
  return {
    mail,
    input,
    source: Buffer.from(data).toString("latin1"),
    parsed: await PostalMime.parse(Buffer.from(data)),
  };
}

const manyHeaders = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`X-Own-${index}`, "value"]));

/** Each reason for raw MIME, with a message that has it and the field it lies in. */
const reasons: readonly (readonly [string, string, Message])[] = [
  ["AMP", "amp", { html: "<p>Hello</p>", amp: "<html amp4email></html>" }],
  ["an invitation", "calendar", { calendar: { content: invitation } }],
  ["a sender", "sender", { sender: "robot@acme.example" }],
  ["a very long subject", "subject", { subject: "word ".repeat(200).trim() }],
  ["a text line over 998 bytes", "text", { text: "ä".repeat(500) }],
  ["an html line over 998 bytes", "html", { html: "x".repeat(1000) }],
  ["more than 15 headers", "headers", { headers: manyHeaders }],
  ["a header value that is too long once encoded", "headers", { headers: { "X-Own": "ü".repeat(400) } }],
  ["a tab in a header", "headers", { headers: { "X-Own": "a\tb" } }],
  ["a file without a name", "attachments", { attachments: [{ content: "a" }] }],
  ["a file name beyond ASCII", "attachments", { attachments: [{ filename: "Übersicht.pdf", content: "a" }] }],
  ["a media type with parameters", "attachments", { attachments: [{ filename: "a.txt", content: "a" }] }],
  [
    "an attached mail",
    "attachments",
    { attachments: [{ filename: "a.eml", content: "a", contentType: "message/rfc822" }] },
  ],
  ["a content id without html", "attachments", { attachments: [{ filename: "a.png", content: "a", contentId: "a" }] }],
];

describe("raw MIME", () => {
  it.each(reasons)("is made for %s", async (_what, field, message) => {
    expect(obstaclesToSimple(prepareMessage({ ...hello, ...message })).map((obstacle) => obstacle.field)).toEqual([
      field,
    ]);
    const { source, parsed } = await raw(message);
    expect(source.split("\r\n").every((line) => Buffer.byteLength(line, "latin1") <= 998)).toBe(true);
    expect(source.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(parsed.subject).toBe(message.subject ?? hello.subject);
  });

  it.each(["html", "text", "amp"] as const)("has no bare carriage return, though one is in the %s", async (field) => {
    const content = "a\rb\r\n.\r.\0c\n";
    const { source, parsed } = await raw({ html: "<p>Hello</p>", calendar: { content: invitation }, [field]: content });
    expect(source.replaceAll("\r\n", "")).not.toMatch(/[\r\n\0]/);
    if (field !== "amp") expect(parsed[field]?.trimEnd()).toBe(content.trimEnd());
  });

  it("is not made where SES can put the mail together", () => {
    const message = {
      html: '<img src="cid:logo">',
      headers: { "X-Own": "ü" },
      unsubscribe: { url: "https://acme.example/u" },
      attachments: [
        { filename: "logo.png", content: "a", contentId: "logo" },
        { filename: "a.pdf", content: new Uint8Array(1) },
      ],
    };
    expect(obstaclesToSimple(prepareMessage({ ...hello, ...message }))).toEqual([]);
  });

  it("goes to everybody, and has no Bcc in it", async () => {
    const { input, source } = await raw({
      sender: "robot@acme.example",
      to: { name: "Lovelace, Ada", address: "ada@example.com" },
      cc: "bob@example.com",
      bcc: ["Spy <spy@example.com>"],
    });
    expect(input.Destination).toEqual({
      ToAddresses: ["ada@example.com"],
      CcAddresses: ["bob@example.com"],
      BccAddresses: ["spy@example.com"],
    });
    expect(source).not.toMatch(/^bcc:/im);
    expect(source).not.toContain("spy@example.com");
  });

  it("to Bcc alone has no To", async () => {
    const { input, source } = await raw({ sender: "robot@acme.example", to: undefined, bcc: "spy@example.com" });
    expect(input.Destination).toEqual({ BccAddresses: ["spy@example.com"] });
    expect(source).not.toMatch(/^to:/im);
    expect(source).not.toContain("spy@example.com");
  });

  it("has addresses, ids and custom headers as they were given", async () => {
    const { mail, input, parsed } = await raw({
      from: "Grüße <hello@acme.example>",
      sender: "Robot <robot@acme.example>",
      replyTo: { name: "Büro, innen", address: "help@acme.example" },
      headers: { "X-Own": "Grüße 你好" },
      references: ["<a@x.example>", "<b@x.example>"],
      inReplyTo: "<b@x.example>",
      unsubscribe: { url: "https://acme.example/u", mailto: "stop@acme.example" },
    });
    expect(input.FromEmailAddress).toBe("=?UTF-8?B?R3LDvMOfZQ==?= <hello@acme.example>");
    expect(input).not.toHaveProperty("ReplyToAddresses");
    expect(parsed).toMatchObject({
      from: { name: "Grüße", address: "hello@acme.example" },
      sender: { name: "Robot", address: "robot@acme.example" },
      replyTo: [{ name: "Büro, innen", address: "help@acme.example" }],
      messageId: mail.messageId,
      inReplyTo: "<b@x.example>",
      references: "<a@x.example> <b@x.example>",
    });
    const header = (name: string) => parsed.headers.find(({ key }) => key === name)?.value;
    expect(header("x-mail-id")).toBe(mail.id);
    expect(header("list-unsubscribe")).toBe("<https://acme.example/u>, <mailto:stop@acme.example>");
    expect(header("list-unsubscribe-post")).toBe("List-Unsubscribe=One-Click");
    expect(parsed.headers.map(({ key }) => key)).toContain("x-own");
  });

  it("has text, html, AMP and invitation side by side, and files with names beyond ASCII", async () => {
    const { source, parsed } = await raw({
      text: "Grüße\n.\nFrom x",
      html: '<img src="cid:logo">',
      amp: "<html amp4email></html>",
      calendar: { content: invitation },
      attachments: [
        { filename: 'Übersicht; "Q3".pdf', content: new Uint8Array([0, 255, 13, 10]) },
        { filename: "logo.png", content: "png", contentId: "logo" },
      ],
    });
    expect(parsed.text?.trimEnd().replaceAll("\r\n", "\n")).toBe("Grüße\n.\nFrom x");
    expect(parsed.html?.trim()).toBe('<img src="cid:logo">');
    expect(source).toMatch(/Content-Type: text\/x-amp-html/);
    expect(source).toMatch(/Content-Type: text\/calendar; charset=utf-8; method=REQUEST/);
    expect(source).toMatch(/Content-Type: multipart\/related/);
    const pdf = parsed.attachments.find(({ mimeType }) => mimeType === "application/pdf");
    expect(pdf?.filename).toBe('Übersicht; "Q3".pdf');
    expect([...new Uint8Array(pdf?.content as ArrayBuffer)]).toEqual([0, 255, 13, 10]);
    const logo = parsed.attachments.find(({ mimeType }) => mimeType === "image/png");
    expect(logo).toMatchObject({ filename: "logo.png", contentId: "<logo>", disposition: "inline", related: true });
  });

  it.each([{ text: "" }, { text: undefined, html: "" }, { text: "", html: "" }])(
    "carries a mail without a word: %o",
    async (message) => {
      const { parsed } = await raw(message);
      expect(parsed.subject).toBe("Hi");
      expect((parsed.text ?? "").trim()).toBe("");
    },
  );

  it("carries an invitation alone", async () => {
    const { parsed, source } = await raw({ text: undefined, calendar: { content: invitation } });
    expect(source).toMatch(/^Content-Type: text\/calendar/m);
    expect(parsed.attachments).toHaveLength(1);
  });

  it.each(["x".repeat(900), `short ${"y".repeat(900)} end`, "ü".repeat(1500)])(
    "keeps a subject whole that can hardly be folded",
    async (text) => {
      const { parsed, source } = await raw({ subject: text });
      expect(source.split("\r\n").every((line) => line.length <= 998)).toBe(true);
      expect(parsed.subject).toBe(text);
    },
  );

  it("has its size checked after it was built", async () => {
    const content = () => new Uint8Array(31_000_000);
    await expect(raw({ attachments: [{ filename: "ü.bin", content }] })).rejects.toMatchObject({
      code: "message_too_large",
    });
  });
});
