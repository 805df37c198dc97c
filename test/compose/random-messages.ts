import type { Attachment, Message } from "@mail/core";
import fc from "fast-check";

const from = (list: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...list);

/** What encoders, parsers and servers have got wrong. */
const hardLines = [
  "",
  ".",
  "..dots",
  "From here",
  "From",
  ">From there",
  "blanks at the end  ",
  "tab at the end\t",
  " \t ",
  "= =3D =\t=20 =",
  "=_1_",
  "--=_1_",
  "-- ",
  "--",
  "x".repeat(75),
  `${"x".repeat(74)} `,
  `${"x".repeat(75)} `,
  `${"x".repeat(75)}.`,
  "x".repeat(76),
  "x".repeat(77),
  "x".repeat(998),
  "x".repeat(3_000),
  `${"word ".repeat(300)}`,
  "ü".repeat(40),
  "é".repeat(700),
  "日本語のメールです。",
  "日本".repeat(500),
  "👩🏽‍🚀".repeat(30),
  "a\u0301\u200b\u202e\u2028\u0085",
  "\u0001\u0008\u001b[0m\u007f",
  "Grüße, Привет, مرحبا",
];
const line = fc.oneof(
  { weight: 2, arbitrary: from(hardLines) },
  { weight: 2, arbitrary: fc.string({ maxLength: 120 }) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 120 }) },
  {
    weight: 2,
    arbitrary: fc
      .array(from(["Hello", "Ada,", "your", "order", "für", "=", ".", "<b>", "“q”"]))
      .map((w) => w.join(" ")),
  },
);
/** Lone carriage returns and NUL are a matter of their own: nodemailer writes them out as they are. */
const withoutControls = (text: string): string => text.replace(/[\r\n\0]/g, "").toWellFormed();
/** What may stand in a header line or in a file's name. */
const headerText = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029]/g, "").toWellFormed();
const text = fc
  .tuple(fc.array(line.map(withoutControls), { minLength: 1, maxLength: 8 }), from(["\n", "\r\n"]), fc.boolean())
  .map(([lines, end, ended]) => lines.join(end) + (ended ? end : ""));

const word = from([
  "Ada",
  "Lovelace",
  "Müller",
  "Анна",
  "山田",
  "👩🏽‍🚀",
  "(home)",
  '"quoted"',
  "O'Neil,",
  "a@b.example",
  "<x>",
  "back\\slash",
  "100%",
  "=?x?=",
  "long".repeat(30),
  "lang-ü".repeat(30),
]);
const phrase = fc
  .array(word, { minLength: 1, maxLength: 12 })
  .map((words) => words.join(" ").slice(0, 600).toWellFormed())
  // A name's quotes and backslashes count twice.
  .filter((text) => text.replace(/["\\]/g, "$&$&").length <= 600);

const address = fc
  .tuple(
    from(["ada", "a.b+c", "a_b-c", '"a b"', '"a@b"', '"a,b"', "o'neil", "jürgen", "用户", "x".repeat(56)]),
    from(["example.com", "Acme.example", "bücher.example", "sub.domain.example", "[192.0.2.1]"]),
    fc.nat(1_000_000),
  )
  .map(([local, domain, number]) => {
    const unique = local.startsWith('"') ? local.replace(/"$/, `${number}"`) : `${local}${number}`;
    return `${unique}@${domain}`;
  });
const mailbox = fc.record({ name: phrase, address }, { requiredKeys: ["address"] });

const filename = fc.oneof(
  from([
    "report.pdf",
    "a b.txt",
    "Rechnung März.pdf",
    "发票 2026.pdf",
    "🚀.png",
    'a "quoted"; name=x.pdf',
    "back\\slash.txt",
    "it's 50% 'off'.txt",
    "semi;colon, comma=.txt",
    "%41%.txt",
    "UTF-8''x.txt",
    `${"n".repeat(200)}.txt`,
    `${"long ".repeat(40)}.txt`,
    `${"länger ".repeat(30)}.txt`,
    "noending",
    " leading and trailing ",
    "(c).txt",
    "[1].txt",
    "日本語".repeat(40),
  ]),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).map((name) => headerText(name).trim() || "x"),
);
const bytes = fc.oneof(
  { weight: 3, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(40_000), fc.nat(255))
      .map(([length, step]) => Uint8Array.from({ length }, (_, i) => i * step)),
  },
  {
    weight: 1,
    arbitrary: from([".\r\n..\r\n", "--=_1_\r\n", "lone\nlone\rboth\r\n"]).map((content) => Buffer.from(content)),
  },
);
/** Content in every form that an attachment takes. */
const content = fc.tuple(bytes, fc.nat(4)).map(([value, form]): Attachment["content"] => {
  if (form === 1) return new Blob([new Uint8Array(value)]);
  if (form === 2) return () => value;
  if (form === 3) return () => new Blob([new Uint8Array(value)]).stream();
  return value;
});
const attachment = fc
  .record(
    {
      content,
      filename,
      contentType: from([
        "application/pdf",
        "text/plain; charset=utf-8",
        'application/x-a; p="a; name=b"; q=c',
        "application/x-a;name=other.txt;x=y",
        "image/png",
        "text/csv",
      ]),
      contentId: fc.nat(1_000_000_000).map((number) => `part${number}@acme`),
      disposition: fc.constantFrom("inline" as const, "attachment" as const),
    },
    { requiredKeys: ["content", "contentType"] },
  )
  // Some readers show a text that is inline as part of the body.
  .map((one): Attachment => (one.contentType?.startsWith("text/") ? { ...one, disposition: "attachment" } : one));

const withOwnContentIds = (list: readonly Attachment[]): readonly Attachment[] =>
  list.map((one, index) => (one.contentId === undefined ? one : { ...one, contentId: `${index}.${one.contentId}` }));

const headers = fc.dictionary(
  from(["X-Campaign", "X-Note", "Feedback-ID", "List-Id", "X-a", `X-${"Name".repeat(12)}`]),
  phrase,
  { maxKeys: 3 },
);

/** Messages that are accepted, over all that a composer has to write. */
export const randomMessages: fc.Arbitrary<Message> = fc
  .record(
    {
      from: mailbox,
      sender: mailbox,
      to: fc.array(mailbox, { minLength: 1, maxLength: 4 }),
      cc: fc.array(mailbox, { maxLength: 3 }),
      bcc: fc.array(mailbox, { maxLength: 2 }),
      replyTo: fc.array(mailbox, { maxLength: 2 }),
      subject: fc.oneof(
        phrase,
        line.map((text) => headerText(text).slice(0, 900).toWellFormed()),
      ),
      text,
      html: text.map((inner) => `<p>${inner}</p>`),
      amp: text.map((inner) => `<html amp4email>${inner}</html>`),
      calendar: phrase.map((summary) => ({
        content: `BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:${summary}\r\nEND:VCALENDAR\r\n`,
      })),
      attachments: fc.array(attachment, { maxLength: 4 }).map(withOwnContentIds),
      headers,
      references: fc.array(
        fc.nat().map((number) => `<${number}@thread.example>`),
        { maxLength: 30 },
      ),
      priority: fc.constantFrom("high" as const, "low" as const),
      unsubscribe: fc.constant({ url: "https://acme.example/off?a=b", mailto: "off@acme.example" }),
    },
    { requiredKeys: ["from", "to"] },
  )
  .filter((message) => [message.text, message.html, message.calendar].some((body) => body !== undefined));
