import type { Message } from "@mail/core";

const byteValues = Uint8Array.from({ length: 256 }, (_, value) => value);
const kilobytes = (count: number): Uint8Array => Buffer.concat(Array.from({ length: count * 4 }, () => byteValues));

/** Smallest PNG: one transparent pixel. */
const pixel = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

const longLine = "0123456789".repeat(100);

const awkwardText = [
  ".",
  "..",
  ".hidden",
  "From the start of a line",
  "",
  "  spaces before and after  ",
  "\ttab before and after\t",
  "=3D is no escape here, and = ends a line=",
  "-- ",
  "--boundary?",
  "Grüße aus Köln, Привет, こんにちは, مرحبا, 👩🏽‍🚀 and a zero\u200bwidth\u00a0space",
  "",
  "the end",
].join("\n");

/** Mails that other software is known to spoil, without sender and recipients unless these are the matter. */
export const mailCases: readonly (readonly [name: string, message: Message])[] = [
  ["a short text", { text: "Hi\n" }],
  ["a text with leading dots, trailing spaces, emoji and lines that look like markup", { text: `${awkwardText}\n` }],
  ["a text without a line break at its end", { text: "no end" }],
  [
    "an ASCII text with lines of 998, 999, 1,000 and 20,000 characters",
    {
      text: [longLine.slice(2), longLine.slice(1), longLine, longLine.repeat(20), "."].join("\n"),
    },
  ],
  [
    "a text with non-ASCII lines of 1,000 characters",
    { text: ["ü".repeat(1000), "あ".repeat(1000), "🚀".repeat(1000)].join("\n") },
  ],
  ["an HTML body on one line of 10,000 characters", { html: `<p>${longLine.repeat(10)} — ü</p>` }],
  ["a text and an HTML body with leading dots", { text: awkwardText, html: `<pre>\n.\n..\n${awkwardText}\n</pre>` }],
  [
    "an HTML body with an inline image and attachments of every kind",
    {
      text: "See the picture.",
      html: '<p>See <img src="cid:pixel@interop" alt="pixel"></p>',
      attachments: [
        { filename: "pixel.png", content: pixel, contentId: "pixel@interop" },
        { filename: "all-bytes.bin", content: kilobytes(100) },
        { filename: "empty.bin", content: new Uint8Array() },
        {
          filename: "line-ends.txt",
          content: "lone\nlone\rboth\r\n.\r\n\r\n..\n",
          contentType: "text/plain; charset=utf-8",
        },
        { filename: "long-line.csv", content: `${longLine.repeat(5)}\n`, contentType: "text/csv" },
        {
          filename: "mail.eml",
          content: "From: a@a.example\n\nA mail as a file.\n",
          contentType: "application/octet-stream",
        },
      ],
    },
  ],
  [
    "file names with non-ASCII characters, quotes, commas, percent signs and 200 characters",
    {
      text: "Files",
      attachments: [
        "Rechnung für März.pdf",
        "发票 2026.pdf",
        "🚀.png",
        'a "quoted", name; 100%.txt',
        "it's 50% 'off'.txt",
        "back\\slash.txt",
        `${"long ".repeat(40)}.txt`,
        `${"länger ".repeat(30)}.txt`,
      ].map((filename) => ({ filename, content: filename, contentType: "application/octet-stream" })),
    },
  ],
  [
    "display names with commas, quotes, brackets and non-ASCII characters",
    {
      from: { name: 'Smith, Ada "Countess" \\ (home)', address: "ada@sender.example" },
      to: [
        { name: "Müller, Jürgen", address: "ada@example.test" },
        { name: "Ада Лавлейс 👩🏽‍🚀 ".repeat(8).trim(), address: "bob@example.test" },
        '"quoted; <name>" <carol@example.test>',
      ],
      replyTo: [
        { name: "a@b.example", address: "reply@sender.example" },
        { name: "=?x?=", address: "odd@sender.example" },
      ],
      text: "Names",
    },
  ],
  [
    "an internationalised domain of sender and recipient",
    {
      from: "Köln <post@köln.example>",
      to: "Ada <ada@BÜCHER.example>",
      text: "IDNA",
    },
  ],
  [
    "long and non-ASCII subjects and headers",
    {
      subject: `${"Eine lange Betreffzeile mit Umlauten äöü und 🚀 ".repeat(12)}Ende`,
      headers: {
        "X-Note": `${"größer ".repeat(60)}Ende`,
        "X-Words": `${"words ".repeat(300)}end`,
        "X-Spaces": "two  spaces and a\ttab",
      },
      text: "Headers",
    },
  ],
  [
    "a subject that looks encoded, and one header of 900 characters without a space",
    {
      subject: "=?utf-8?Q?not_encoded?= by us",
      headers: { "X-Long": longLine.slice(100) },
      text: "Headers",
    },
  ],
];
