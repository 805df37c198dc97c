import type { Message } from "@mail/core";
import { expect } from "vitest";
import type { Capability, ConformanceCase } from "./conformance-case.ts";
import { plainBody } from "./plain-mail.ts";
import { sendAndReceive } from "./send-mail.ts";

const texts: Readonly<Record<string, string>> = {
  "lines of 1,000 characters": `${"a".repeat(1000)}\n${"word ".repeat(200)}\nend`,
  "a line of 5,000 characters beyond ASCII": "ä€😀".repeat(1700),
  "lines that begin with dots": ".\n..\n.leading\n...\nend",
  "lines that begin with From": "From here\n>From there\nend",
  "CRLF line ends": "one\r\ntwo\r\n\r\nthree",
  "LF line ends": "one\ntwo\n\nthree",
  "trailing spaces": "-- \nname  \ntab\t\nend",
  "leading spaces": "  two\n    four\n\ttab\nend",
  emoji: "Hello 👩‍👩‍👧‍👦 🇺🇳 ✉️",
  "characters of many scripts": "Zażółć gęślą jaźń — Съешь ещё — 敏捷的棕色狐狸 — مرحبا — שלום",
  "what looks like an encoding": "=41=42 =?utf-8?Q?x?= a=\nb == 100%25",
  "what looks like a boundary": "--boundary\nContent-Type: text/html\n\n<b>x</b>\n--boundary--\nend",
  "template marks": "{{name}} %recipient.name% -name- <%body%>",
};

const bodyCases = Object.entries(texts).map(
  ([what, body]): ConformanceCase => ({
    name: `text and html with ${what} arrive as written`,
    async run(subject) {
      const { mail } = await sendAndReceive(subject, { text: body, html: `<pre>${body}</pre>` });
      expect(plainBody(mail.text)).toBe(plainBody(body));
      expect(plainBody(mail.html)).toBe(plainBody(`<pre>${body}</pre>`));
    },
  }),
);

const subjects: Readonly<Record<string, string>> = {
  "200 ASCII characters": "word ".repeat(40).trim(),
  "900 ASCII characters": "subject ".repeat(112).trim(),
  "non-ASCII letters": "Grüße aus Łódź — 你好",
  "200 non-ASCII characters": "Приветствие и новости, ".repeat(9).trim(),
  "emoji at the fold": `${"x".repeat(60)}${"👩‍🔬".repeat(12)}`,
  "special characters": `"quotes", (comment); <angle> \\ it's = ? _ @ : 100 %`,
};

const subjectCases = Object.entries(subjects).map(
  ([what, text]): ConformanceCase => ({
    name: `a subject with ${what} arrives as written`,
    async run(subject) {
      const { mail } = await sendAndReceive(subject, { subject: text });
      expect(mail.subject).toBe(text);
    },
  }),
);

function headerCase(what: string, value: string): ConformanceCase {
  return {
    name: `a header with ${what} arrives as written`,
    async run(subject) {
      const { mail } = await sendAndReceive(subject, { headers: { "X-Own": value } });
      expect(mail.headers["x-own"]).toBe(value);
    },
  };
}

const derived: readonly (readonly [keyof Message, Message, Readonly<Record<string, string>>])[] = [
  ["inReplyTo", { inReplyTo: "<a@example.com>" }, { "in-reply-to": "<a@example.com>" }],
  [
    "references",
    { references: ["<a@example.com>", "<b@example.com>"] },
    { references: "<a@example.com> <b@example.com>" },
  ],
  [
    "unsubscribe",
    { unsubscribe: { url: "https://acme.example/u?id=1" } },
    {
      "list-unsubscribe": "<https://acme.example/u?id=1>",
      "list-unsubscribe-post": "List-Unsubscribe=One-Click",
    },
  ],
];

const derivedCases = derived.map(
  ([field, message, headers]): ConformanceCase => ({
    name: `the headers of ${field} arrive`,
    async run(subject) {
      const { mail } = await sendAndReceive(subject, message);
      expect(mail.headers).toMatchObject(headers);
    },
  }),
);

export const bodies: Capability = {
  name: "bodies and headers",
  cases: [
    ...bodyCases,
    ...subjectCases,
    headerCase("plain text", "a value"),
    headerCase("non-ASCII text", "Grüße, 你好 😀"),
    headerCase("300 characters", "value ".repeat(50).trim()),
    ...derivedCases,
    {
      name: "a mail of text alone has no html",
      async run(subject) {
        const { mail } = await sendAndReceive(subject, { text: "only text" });
        expect(plainBody(mail.text)).toBe("only text");
        expect(mail.html).toBeUndefined();
      },
    },
    {
      name: "a mail of html alone arrives as html",
      async run(subject) {
        const { mail } = await sendAndReceive(subject, { text: undefined, html: "<p>only html</p>" });
        expect(plainBody(mail.html)).toBe("<p>only html</p>");
      },
    },
    {
      name: "an empty text does not lose the mail",
      async run(subject) {
        const { mail } = await sendAndReceive(subject, { text: "" });
        expect(plainBody(mail.text).trim()).toBe("");
      },
    },
    {
      name: "an empty text beside html does not lose the html",
      async run(subject) {
        const { mail } = await sendAndReceive(subject, { text: "", html: "<p>html</p>" });
        expect(plainBody(mail.html)).toBe("<p>html</p>");
      },
    },
  ],
};
