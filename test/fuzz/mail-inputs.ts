import type { Message } from "@mail/core";
import fc from "fast-check";

/** What breaks lines, headers, addresses and commands apart where it gets through. */
const breaks = [
  "\r\n",
  "\n",
  "\r",
  "\0",
  "\u0085",
  "\u2028",
  "\u2029",
  "\ud800",
  "\udc00x",
  "\r\nBcc: eve@evil.example\r\n",
  "\r\n\r\nInjected",
  "\r\n.\r\nMAIL FROM:<eve@evil.example>\r\n",
  "\n.\n",
  "\r.\r",
  "%0d%0aBcc:eve@evil.example",
  "=0D=0ABcc:",
];
const marks = [
  '"',
  "<",
  ">",
  "@",
  ",",
  ";",
  ":",
  "\\",
  "(",
  ")",
  "[",
  "]",
  "=?",
  "?=",
  "=?utf-8?q?a=0d=0ab?=",
  " ",
  "\t",
  ".",
  "..",
  "-",
  "'",
  "{",
  "{{x}}",
  "%",
  "&",
  "=",
];
const words = [
  "Ada",
  "a@x.example",
  "eve@evil.example",
  "<eve@evil.example>",
  "Ada <a@x.example>",
  "(comment)",
  "((nested) comment)",
  "group: a@x.example, b@x.example;",
  "üñî",
  "日本語",
  "عربي",
  "👩🏽‍🚀",
  "e\u0301",
  "\u200b",
  "\u202e",
  "xn--mnchen-3ya.example",
  "münchen.example",
  "x".repeat(80),
  "x".repeat(1_200),
  "ü".repeat(700),
  `${"w ".repeat(400)}`,
  " ".repeat(1_500),
];

const from = (list: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...list);

/** Text put together from what is likely to hurt. */
export const nastyText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.string({ unit: "grapheme", maxLength: 10 }) },
      { weight: 3, arbitrary: from(marks) },
      { weight: 3, arbitrary: from(words) },
      { weight: 1, arbitrary: from(breaks) },
    ),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(""));

/** The same without what would be refused at once, so that most of it is accepted. */
const nastyLine = nastyText.map((text) =>
  text.replace(/[\u0000-\u0008\u000a-\u001f\u007f\u0085\u2028\u2029]/g, " ").toWellFormed(),
);

const domain = fc.oneof(
  fc.constantFrom(
    "x.example",
    "X.Example",
    "münchen.example",
    "例え.テスト",
    "[192.0.2.1]",
    "[IPv6:2001:db8::1]",
    "a-b.c-d.example",
  ),
  fc.domain(),
);
const localPart = fc.oneof(
  fc.string({ unit: fc.constantFrom(..."abcXYZ019!#$%&'*+/=?^_`{|}~-"), minLength: 1, maxLength: 30 }),
  fc.constantFrom("a.b", '"a b"', '"a@b"', '"a,b"', '"a\\"b"', '"a\\\\b"', '"<a>"', '""', "jürgen", "用户"),
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 8 }).map((text) => `"${text.replace(/["\\]/g, "\\$&")}"`),
);

/** Addresses that are good or nearly so. */
export const nearlyAddress: fc.Arbitrary<string> = fc
  .tuple(localPart, domain)
  .map(([local, host]) => `${local}@${host}`);

/** A mailbox in every form that a message takes. */
export const nastyMailbox: fc.Arbitrary<string | { name?: string; address: string }> = fc.oneof(
  nearlyAddress,
  nastyText,
  fc.tuple(nastyText, nearlyAddress).map(([name, address]) => `${name} <${address}>`),
  fc.tuple(nastyText, nearlyAddress).map(([name, address]) => `"${name.replace(/["\\]/g, "\\$&")}" <${address}>`),
  fc.record({ name: nastyText, address: nearlyAddress }),
  fc.record({ name: nastyText, address: nastyText }),
);

/** A change of a text by one character. */
export const mutated = (texts: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      texts,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(2),
      fc.oneof(from(marks), from(breaks), from(words)),
    )
    .map(([text, place, removed, piece]) => {
      const at = Math.floor(place * text.length);
      return text.slice(0, at) + piece + text.slice(at + removed);
    });

const line = fc.oneof(
  { weight: 3, arbitrary: nastyLine },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ".",
      "..",
      "",
      " ",
      "From x",
      "--boundary",
      "x".repeat(3_000),
      "ü".repeat(3_000),
      "=",
      "trailing \t",
      "a\rb",
    ),
  },
);
const body = fc
  .tuple(fc.array(line, { minLength: 1, maxLength: 6 }), fc.constantFrom("\n", "\r\n"))
  .map(([lines, end]) => lines.join(end));

/** Names by which software on the way would not be steered, whose values come back as they went. */
const headerName = fc.oneof(
  fc.constantFrom("X-A", "x-b", "X-Campaign", "List-Id", "Keywords", "Comments", "X".repeat(100)),
  fc
    .string({ unit: fc.constantFrom(..."abcXYZ019-_!#$%&'*+.^`|~"), minLength: 1, maxLength: 12 })
    .map((text) => `X-${text}`),
);
const withoutWords = (texts: fc.Arbitrary<string>) => texts.map((text) => text.replaceAll("=?", ""));
const attachment = fc.record(
  {
    content: fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .constantFrom("", ".\r\n..\r\n", "x".repeat(2_000), "\r\n.\r\nQUIT\r\n", "--boundary\r\n")
        .map((text) => new Uint8Array(Buffer.from(text))),
    ),
    // Some readers decode what looks like an encoded word in a file name too.
    filename: fc.oneof(
      withoutWords(nastyText),
      withoutWords(nastyLine),
      fc.constantFrom("a.txt", 'a"; x="b.txt', "a\\b.txt", "ä.pdf", "%22.txt", "a;b.txt", `${"n".repeat(200)}.txt`),
    ),
    contentType: fc.constantFrom(
      "text/plain",
      "application/pdf",
      'application/x-a; p="a; b"',
      "application/octet-stream",
    ),
  },
  { requiredKeys: ["content", "filename"] },
);

const people = (max: number) => fc.array(fc.oneof(nearlyAddress, nastyMailbox), { minLength: 1, maxLength: max });

/** Messages in which a few fields are nasty and all others good. */
export const nastyMessages: fc.Arbitrary<Message> = fc
  .record({
    from: nastyMailbox,
    sender: nastyMailbox,
    to: people(3),
    cc: people(2),
    bcc: people(2),
    replyTo: people(2),
    subject: fc.oneof(nastyText, nastyLine),
    text: body,
    html: body,
    headers: fc.dictionary(headerName, fc.oneof(nastyText, nastyLine), { minKeys: 1, maxKeys: 3 }),
    references: fc.array(fc.oneof(fc.constantFrom("<a@b>", "c@d", `${"r".repeat(900)}@x`), nastyText), {
      maxLength: 3,
    }),
    inReplyTo: fc.oneof(fc.constant("<a@b>"), nastyText),
    tags: fc.array(nastyLine, { maxLength: 3 }),
    metadata: fc.dictionary(fc.constantFrom("order", "a.b", "x-y", "__proto__"), nastyLine, { maxKeys: 2 }),
    unsubscribe: fc.record({
      url: nastyLine.map((path) => `https://x.example/${path}`),
      mailto: fc.constantFrom("u@x.example", "u@x.example?subject=a b"),
    }),
    attachments: fc.array(attachment, { maxLength: 2 }),
    calendar: nastyLine.map((summary) => ({
      content: `BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:${summary}\r\nEND:VCALENDAR`,
    })),
  })
  .chain((all) =>
    fc.subarray(Object.keys(all) as (keyof typeof all)[], { minLength: 1, maxLength: 4 }).map((keys) => ({
      from: "Acme <hello@acme.example>",
      to: "ada@x.example",
      subject: "Hi",
      text: "Hello",
      ...Object.fromEntries(keys.map((key) => [key, all[key]])),
    })),
  );
