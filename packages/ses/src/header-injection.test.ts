import { MailError, type Message, prepareMessage } from "@mail/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hello } from "./mail.fixture.ts";
import { toSesRequest } from "./to-ses-request.ts";

const legal = fc.oneof(
  fc.constantFrom(
    "Bcc: evil@example.com",
    "Evil: yes",
    " ",
    "  ",
    "ü",
    "😀",
    "=?utf-8?q?=0D=0AEvil:_yes?=",
    "x".repeat(90),
  ),
  fc.constantFrom('"', "\\", "\\r\\n", "%0d%0a", ";", ",", "<", ">", ":", "(", ")", "=", "?", "_", "\t"),
  fc.string({ unit: "grapheme", maxLength: 20 }),
);
const illegal = fc.oneof(
  fc.constantFrom("\r\n", "\n", "\r", "\0", "\u2028", "\u0085"),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const joined = (piece: fc.Arbitrary<string>) => fc.array(piece, { maxLength: 8 }).map((parts) => parts.join(""));
const text = fc.oneof(
  { weight: 19, arbitrary: joined(legal) },
  { weight: 1, arbitrary: joined(fc.oneof(legal, illegal)) },
);

const message = fc.record<Message>(
  {
    from: fc.record({ name: text, address: fc.constant("hello@acme.example") }),
    to: fc.record({ name: text, address: fc.oneof({ weight: 9, arbitrary: fc.constant("ada@example.com") }, text) }),
    replyTo: fc.record({ name: text, address: fc.constant("help@acme.example") }),
    sender: fc.record({ name: text, address: fc.constant("robot@acme.example") }),
    subject: text,
    headers: fc.dictionary(
      fc.oneof({ weight: 9, arbitrary: fc.constantFrom("X-Own", "List-Id", "References") }, text),
      text,
      { maxKeys: 3 },
    ),
    tags: fc.array(text, { maxLength: 2 }),
    attachments: fc.array(
      fc.record({
        filename: text,
        content: fc.constant("a"),
        contentType: fc.oneof({ weight: 9, arbitrary: fc.constant("text/plain") }, text),
      }),
      { maxLength: 1 },
    ),
  },
  { requiredKeys: [] },
);

const known =
  /^(from|sender|to|reply-to|subject|message-id|date|mime-version|content-type|content-transfer-encoding|content-disposition|x-mail-id)$/i;

describe("no input", () => {
  it("adds a line to raw MIME, or a line break to a field of the request", async () => {
    let made = 0;
    await fc.assert(
      fc.asyncProperty(message, async (given) => {
        const mail = prepared({ ...hello, ...given });
        if (mail === undefined) return;
        const { input } = await toSesRequest(mail, undefined, undefined);
        made++;
        const { FromEmailAddress, Destination, ReplyToAddresses, Content, EmailTags } = input;
        const { Subject, Headers, Attachments = [] } = Content?.Simple ?? {};
        const fields = [FromEmailAddress, Destination, ReplyToAddresses, EmailTags, Subject, Headers];
        const names = Attachments.map(({ FileName, ContentType }) => [FileName, ContentType]);
        for (const value of stringsIn([fields, names])) expect(value).toMatch(/^[\x20-\x7e]*$/);
        if (Content?.Raw?.Data !== undefined)
          expectKnownLines(Buffer.from(Content.Raw.Data).toString("latin1"), mail.headers);
      }),
      { numRuns: 1500 },
    );
    expect(made).toBeGreaterThan(500);
  });
});

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

function prepared(given: Message): ReturnType<typeof prepareMessage> | undefined {
  try {
    return prepareMessage(given);
  } catch (thrown) {
    if (MailError.is(thrown)) return undefined;
    throw thrown;
  }
}

/** Every header of every part is ours or one that the app named. */
function expectKnownLines(source: string, headers: Readonly<Record<string, string>>): void {
  const [head = ""] = source.split("\r\n\r\n", 1);
  expect(source.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  const own = Object.keys(headers).map((name) => name.toLowerCase());
  for (const line of head.split("\r\n")) {
    if (/^[ \t]/.test(line)) continue;
    const name = line.slice(0, line.indexOf(":"));
    expect(known.test(name) || own.includes(name.toLowerCase()), line).toBe(true);
  }
  const seen = head.split("\r\n").filter((line) => !/^[ \t]/.test(line));
  expect(new Set(seen.map((line) => line.slice(0, line.indexOf(":")).toLowerCase())).size).toBe(seen.length);
}
