import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { encodeHeaderValue } from "./header-encoding.ts";
import { parseRetryAfter } from "./http-error.ts";
import { MailError } from "./mail-error.ts";
import { hello } from "./memory-transport.fixture.ts";
import type { Message } from "./message.ts";
import { prepareMessage } from "./prepare-message.ts";
import type { PreparedMessage } from "./prepared-message.ts";

/** The prepared mail, or undefined where it was refused; anything thrown but a MailError fails the test. */
function prepared(message: unknown): PreparedMessage | undefined {
  try {
    return prepareMessage(message as Message);
  } catch (error) {
    if (!MailError.is(error)) throw error;
    return undefined;
  }
}

/** Every string of a mail that goes into a header, a command or a request's field, keys included. */
function* headerStrings(value: unknown): Generator<string> {
  if (typeof value === "string") yield value;
  else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      yield key;
      yield* headerStrings(item);
    }
  }
}

function unintendedLines({ text, html, amp, calendar, template, providerOptions, ...mail }: PreparedMessage): string[] {
  const strings = headerStrings({ ...mail, method: calendar?.method, template: template?.id });
  return [...strings].filter((string) => /[\r\n\0\u0085\u2028\u2029]/.test(string) || !string.isWellFormed());
}

const breaks = fc.constantFrom("\r\n", "\n", "\r", "\0", "\r\nBcc: eve@example.com\r\n", "\u2028", "\ud800", "%0d%0a");
const piece = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }) },
  { weight: 1, arbitrary: breaks },
  {
    weight: 2,
    arbitrary: fc.constantFrom("a@x.example", "Ada <a@x.example>", '"', "<", ">", "@", ",", "\\", "=?", " "),
  },
);
const text = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(""));
const good = fc.constantFrom("a@x.example", "Ada <a@x.example>", '"Smith, Ada" <a@x.example>');
const mailbox = fc.oneof(good, text, fc.record({ name: text, address: good }), fc.record({ address: text }));
const mailboxes = fc.oneof(mailbox, fc.array(mailbox, { maxLength: 3 }));
const nothing = { requiredKeys: [] };
const messages = fc
  .record({
    from: mailbox,
    sender: mailbox,
    to: mailboxes,
    cc: mailboxes,
    replyTo: mailboxes,
    subject: text,
    html: text,
    headers: fc.dictionary(fc.oneof(text, fc.constantFrom("X-A", "List-Id")), text, { maxKeys: 2 }),
    inReplyTo: fc.oneof(text, fc.constant("<a@x>")),
    references: fc.oneof(text, fc.array(text, { maxLength: 2 })),
    tags: fc.array(text, { maxLength: 3 }),
    metadata: fc.dictionary(fc.oneof(text, fc.constant("order")), text, { maxKeys: 2 }),
    template: fc.record({ id: text }),
    unsubscribe: fc.record(
      { url: text.map((path) => `https://x.example/${path}`), mailto: text.map((query) => `u@x.example?${query}`) },
      nothing,
    ),
    envelope: fc.record({ from: text }, nothing),
    idempotencyKey: text,
    calendar: fc.record({ content: text.map((line) => `BEGIN:VCALENDAR\r\nMETHOD:${line}`), method: text }, nothing),
    attachments: fc.array(
      fc.record(
        { content: text, filename: text, contentId: text, contentType: text.map((type) => `text/plain;a="${type}"`) },
        { requiredKeys: ["content"] },
      ),
      { maxLength: 2 },
    ),
  })
  .chain((all) =>
    fc
      .subarray(Object.keys(all) as (keyof typeof all)[], { maxLength: 3 })
      .map((keys) => ({ ...hello, ...Object.fromEntries(keys.map((key) => [key, all[key]])) })),
  );

vi.setConfig({ testTimeout: 120_000 });

describe("no message", () => {
  test("puts a line where none was meant", () => {
    let passed = 0;
    fc.assert(
      fc.property(messages, (message) => {
        const mail = prepared(message);
        if (mail === undefined) return;
        passed++;
        expect(unintendedLines(mail)).toEqual([]);
      }),
      { numRuns: 5_000 },
    );
    expect(passed).toBeGreaterThan(500);
  });

  test("makes preparing throw anything but a MailError", () => {
    const garbage = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnboxedObjects: true,
    } as fc.ObjectConstraints);
    fc.assert(
      fc.property(garbage, (message) => void prepared(message)),
      { numRuns: 1_000 },
    );
    const fields = fc.dictionary(fc.constantFrom(...Object.keys(prepareKeys)), garbage, { maxKeys: 3 });
    fc.assert(
      fc.property(fields, (some) => void prepared({ ...hello, ...some })),
      { numRuns: 5_000 },
    );
    const nested = fc.dictionary(
      fc.constantFrom("id", "data", "content", "method", "url", "mailto", "oneClick", "from", "name", "address"),
      garbage,
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(prepareKeys)), nested, fc.boolean(), (key, value, list) => {
        prepared({ ...hello, [key]: list ? [value] : value });
      }),
      { numRuns: 5_000 },
    );
  });
});

const prepareKeys = {
  from: 1,
  sender: 1,
  to: 1,
  cc: 1,
  bcc: 1,
  replyTo: 1,
  subject: 1,
  text: 1,
  html: 1,
  amp: 1,
  attachments: 1,
  calendar: 1,
  headers: 1,
  inReplyTo: 1,
  references: 1,
  priority: 1,
  tags: 1,
  metadata: 1,
  template: 1,
  sendAt: 1,
  tracking: 1,
  unsubscribe: 1,
  envelope: 1,
  idempotencyKey: 1,
  providerOptions: 1,
} satisfies Record<keyof Message, 1>;

/** Repetitions at which an expression that backtracks would not end within anybody's patience. */
const long = 100_000;
const patterns = [
  "a",
  " ",
  "\t",
  "a ",
  "=",
  "\\",
  '"',
  "<",
  ">",
  "@",
  ".",
  "a.",
  "-",
  ";a=b",
  ";",
  "<a@b> ",
  "%",
  "%41",
  "?",
];

describe("the work grows with the length of the input alone", () => {
  const repeated = patterns.flatMap((pattern) =>
    ["", "!", "\n"].map((end) => pattern.repeat(long / pattern.length) + end),
  );

  test("in every field that is a string", () => {
    for (const value of repeated) {
      for (const fields of [
        { subject: value },
        { from: value },
        { from: `"${value}" <a@x.example>` },
        { to: { address: `${value}@x.example` } },
        { to: { address: `a@${value}` } },
        { inReplyTo: value },
        { inReplyTo: `<${value}@${value}>` },
        { references: value },
        { headers: { [value]: "x" } },
        { headers: { "X-A": value } },
        { tags: [value] },
        { metadata: { [value]: value } },
        { template: { id: value } },
        { idempotencyKey: value },
        { unsubscribe: { url: `https://x.example/${value}` } },
        { unsubscribe: { mailto: `u@x.example?${value}` } },
        { unsubscribe: { mailto: value } },
        { calendar: { content: value } },
        { calendar: { content: `BEGIN:VCALENDAR\nMETHOD:${value}` } },
        { calendar: { content: `BEGIN:VCALENDAR\nMETHOD:A${value}` } },
        { calendar: { content: `BEGIN:VCALENDAR`, method: value } },
        { attachments: [{ filename: value, content: "" }] },
        { attachments: [{ contentId: value, content: "" }] },
        { attachments: [{ contentType: value, content: "" }] },
        { attachments: [{ contentType: `a/b${value}`, content: "" }] },
        { attachments: [{ contentType: `a/b;c="${value}`, content: "" }] },
        { attachments: [{ encoding: "base64", content: value }] },
      ]) {
        prepared({ ...hello, ...fields });
      }
    }
  });

  test("in values that other systems send", () => {
    for (const value of repeated) {
      encodeHeaderValue(value);
      encodeHeaderValue(`ä${value}`);
      parseRetryAfter(value);
      parseRetryAfter(`Sun, ${value}`);
    }
  });
});
