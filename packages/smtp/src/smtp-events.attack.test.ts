import { createHmac } from "node:crypto";
import { MailEventError } from "@mail/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  feedbackMail,
  mailId,
  oldEximBounce,
  originalHeaders,
  plainMail,
  qmailBounceMail,
  statusMail,
} from "./events/bounce-samples.fixture.ts";
import { bounceEvents } from "./events/index.ts";
import { verpAddress } from "./events/verp-address.ts";
import { verpSettings } from "./events/verp-options.ts";

const verp = { address: "bounces@acme.example", secret: "correct horse battery staple" };
const settings = verpSettings(verp);
const pathFor = (recipient: string, id = mailId): string => verpAddress(settings, id, recipient) ?? "";
const failed = ["Final-Recipient: rfc822; ada@example.com", "Action: failed", "Status: 5.1.1"];

/** A bounce that came to this address. */
const to = (address: string, fields: readonly string[] = failed, original = originalHeaders): string =>
  statusMail(fields, {
    headers: [`Delivered-To: ${address}`],
    original: ["text/rfc822-headers", original],
  });

async function refusal(mail: string | Uint8Array, options = {}): Promise<unknown> {
  return await bounceEvents(options)
    .read(mail)
    .then(
      (events) => events,
      (error: unknown) => error,
    );
}

describe("with signed return paths", () => {
  const bounces = bounceEvents({ verp });

  test.each(["Delivered-To", "X-Original-To", "Envelope-To", "To"])(
    "a bounce to one in %s proves its mail",
    async (name) => {
      const mail = plainMail([`${name}: <${pathFor("ada@example.com").toUpperCase()}>`], "").replace(/\r\n$/, "");
      const whole = mail.replace("\r\n\r\n", `\r\n${statusMail(failed)}`);
      const [event, ...others] = await bounces.read(whole);
      expect(others).toEqual([]);
      expect(event).toMatchObject({ type: "bounced", mailId, recipient: "ada@example.com", permanent: true });
      // What the report says of the mail beside it was not signed.
      expect(event).not.toHaveProperty("messageId");
    },
  );

  test("a complaint proves its mail by the return path that it gives back", async () => {
    const path = pathFor("ada@example.com");
    const fields = ["Feedback-Type: abuse", `Original-Mail-From: <${path}>`];
    expect(await bounces.read(feedbackMail(fields))).toMatchObject([
      { type: "complained", mailId, recipient: "ada@example.com" },
    ]);
    const original = ["message/rfc822", originalHeaders.replace("bounces@acme.example", path)] as const;
    expect(await bounces.read(feedbackMail(fields.slice(0, 1), { original }))).toMatchObject([{ mailId }]);
  });

  test("the recipient is the one that it was made for, under whatever address they failed", async () => {
    const forwarded = ["Final-Recipient: rfc822; ada@elsewhere.example", ...failed.slice(1)];
    expect(await bounces.read(to(pathFor("ada@example.com"), forwarded))).toMatchObject([
      { recipient: "ada@example.com" },
    ]);
  });

  test("nobody hurts another recipient or another mail with a path of their own", async () => {
    const mine = pathFor("mallory@example.com");
    const other = "019b1c2d-0000-7000-8000-000000000000";
    const original = originalHeaders.replaceAll(mailId, other);
    const [event] = await bounces.read(to(mine, failed, original));
    expect(event).toMatchObject({ mailId });
    expect(event).not.toHaveProperty("unsigned");
    expect(event).not.toHaveProperty("recipient");
    expect(event).not.toHaveProperty("messageId");
  });

  test.each([
    ["another mail's id", pathFor("ada@example.com").replace("+a", "+b")],
    ["another secret", verpAddress(verpSettings({ ...verp, secret: "another secret, as long" }), mailId, "a@b") ?? ""],
    ["no signature", `bounces+${mailId.replaceAll("-", "")}@acme.example`],
    ["a signature cut off", pathFor("ada@example.com").replace(/.{16}@/, "@")],
    ["nothing", "bounces+@acme.example"],
    ["a plain hash", `bounces+${createHmac("sha256", "").update(mailId).digest("hex").slice(0, 48)}@acme.example`],
  ])("a path with %s is refused", async (_, address) => {
    expect(await refusal(to(address), { verp })).toMatchObject({ code: "invalid_signature" });
    expect(await refusal(to(address), { verp, unsigned: "accept" })).toMatchObject({ code: "invalid_signature" });
  });

  test("a report to the plain address is refused, and accepted where that is wanted", async () => {
    expect(await refusal(to("bounces@acme.example"), { verp })).toMatchObject({ code: "invalid_signature" });
    expect(await refusal(to("bounces@acme.example"), { verp, unsigned: "accept" })).toMatchObject([
      { mailId, unsigned: true },
    ]);
  });

  test("a mail that reports nothing is let through", async () => {
    expect(await refusal(plainMail(["To: bounces@acme.example"], "Buy!"), { verp })).toEqual([]);
  });

  test("thousands of wrong paths are not all tried", async () => {
    const many = Array.from({ length: 900 }, (_, index) => `Delivered-To: bounces+${index}@acme.example`);
    expect(await refusal(statusMail(failed, { headers: many }), { verp })).toMatchObject({ code: "invalid_signature" });
  });

  test("no secret is in what is refused", async () => {
    const error = await refusal(to("bounces+x@acme.example"), { verp });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("horse");
  });
});

describe("a mail that is not what it should be", () => {
  const line = `${"x".repeat(76)}\r\n`;

  test("of 50 MB is refused, and no more than its beginning is kept", async () => {
    let given = 0;
    async function* large(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(statusMail(failed));
      const chunk = Buffer.from(line.repeat(13_000));
      for (; given < 50e6; given += chunk.length) yield chunk;
    }
    await expect(bounceEvents().read(large())).rejects.toMatchObject({ code: "too_large", field: "body" });
    expect(given).toBeLessThan(35e6);
  });

  test("of 50 MB is refused before it is read where it says so", async () => {
    const headers = { "content-length": "50000000" };
    const request = new Request("https://app.example", { method: "POST", headers, body: "x" });
    await expect(bounceEvents().parse(request)).rejects.toMatchObject({ code: "too_large" });
  });

  test("gives back a mail of 20 MB and is understood", async () => {
    const attachment = line.repeat(250_000);
    const mail = statusMail(failed, { original: ["message/rfc822", `${originalHeaders}\n\n${attachment}`] });
    expect(await bounceEvents().read(mail)).toMatchObject([{ type: "bounced", recipient: "ada@example.com", mailId }]);
  });

  test.each([
    [
      "a report that does not end",
      `${statusMail(failed).split("\r\n--=_b\r\nContent-Type: text/rfc822")[0]}\r\n${"X-Note: y\r\n".repeat(30_000)}`,
    ],
    ["a text that does not end before it", statusMail(failed, { text: line.repeat(30_000) })],
    [
      "too many recipients",
      statusMail(
        Array.from({ length: 1_001 }, (_, n) => [
          `Final-Recipient: rfc822; u${n}@x.example`,
          "Action: failed",
          "",
        ]).flat(),
      ),
    ],
  ])("with %s is too large", async (_, mail) => {
    expect(await refusal(mail)).toMatchObject({ code: "too_large" });
  });

  test.each([
    ["a million headers", "X-A: b\r\n".repeat(1_000_000)],
    ["a header of 1 MB", `To: ${"a".repeat(1_000_000)}\r\n\r\n`],
    [
      "10,000 levels",
      Array.from({ length: 10_000 }, (_, n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`).join(
        "",
      ),
    ],
    [
      "5,000 parts",
      `Content-Type: multipart/mixed; boundary=b\r\n\r\n${"--b\r\nContent-Type: a/b\r\n\r\n\r\n".repeat(5_000)}`,
    ],
    ["nothing but NULs", "\0".repeat(1_000_000)],
    ["nothing at all", ""],
    ["no header", "Hi there"],
  ])("with %s is malformed", async (_, mail) => {
    expect(await refusal(mail)).toMatchObject({ code: "malformed" });
  });

  test.each([
    [
      "base64 that is cut off",
      "Content-Transfer-Encoding: base64\n\nRmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGFkYUBleGFtcGxlLmNvbQpBY3Rpb246IGZhaWxlZA=",
      "bounced",
    ],
    ["base64 that is none", "Content-Transfer-Encoding: base64\n\n!!!!", "unknown"],
    ["quoted-printable that is none", "Content-Transfer-Encoding: quoted-printable\n\n=ZZ=", "unknown"],
    ["a charset that is none", "Content-Type: text/x; charset=nowhere\n\nAction: failed", "bounced"],
    ["NULs", `\n${"\0".repeat(1_000)}\nAction: failed\n`, "bounced"],
  ])("with %s says what is left of it", async (_, content, type) => {
    const mail = plainMail(
      ["From: a@b.example", "Content-Type: multipart/report; boundary=b"],
      `--b\nContent-Type: message/delivery-status\n${content}\n\n--b--`,
    );
    expect(await bounceEvents().read(mail)).toMatchObject([{ type }]);
  });

  test("writes no line of its own into what is stored and logged", async () => {
    const evil = "smtp; 550 no\r\vSet-Cookie: a=b\u2028\u0085\u001b[2J\0<script>";
    const fields = [
      "Final-Recipient: rfc822; ada@example.com\rBcc: x",
      "Action: fai\u0007led",
      `Diagnostic-Code: ${evil}`,
    ];
    const [event] = await bounceEvents().read(statusMail(fields));
    expect(event).not.toHaveProperty("recipient");
    expect(event?.response).toBe("550 no Set-Cookie: a=b [2J <script>");
    expect(JSON.stringify(event)).not.toMatch(/\\[rnbfvt]|\\u00/);
  });

  test("has long fields cut, and names of fields that mean something to JavaScript kept apart", async () => {
    const fields = [...failed, "__proto__: x", "constructor: y", `Diagnostic-Code: smtp; ${"5".repeat(900_000)}`];
    const [event] = await bounceEvents().read(statusMail(fields));
    expect(event?.response).toHaveLength(1_000);
    expect(JSON.stringify(event).length).toBeLessThan(10_000);
    expect(Object.getPrototypeOf(event?.raw)).toBe(Object.prototype);
  });

  const long = 500_000;
  test.each([
    ["dashes", `X-Failed-Recipients: a@b.example\r\n\r\n------ This is a copy of the message\r\n${"-".repeat(long)}`],
    ["copies", `X-Failed-Recipients: a@b.example\r\n\r\n${"------ This is a copy of the message\n".repeat(15_000)}`],
    ["hashes", `A: b\r\n\r\nHi. This is the\r\n\r\n<a@b.example>:\r\n${"(#5.".repeat(long / 4)}`],
    ["addresses", `X-Failed-Recipients: ${"a@b,".repeat(50_000)}\r\n\r\n`],
    ["quotes", `To: ${'"a\\'.repeat(60_000)}\r\n\r\n`],
    ["brackets", `To: ${"(<".repeat(100_000)}\r\n\r\n`],
    ["tags", `Content-Type: text/html\r\n\r\n${"<a href='".repeat(long / 9)}`],
    ["folded lines", statusMail(["Diagnostic-Code: smtp; x", ...Array.from({ length: 15_000 }, () => " y")])],
    [
      "equals signs",
      `Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${"=".repeat(long)}`,
    ],
    ["plus signs", statusMail([`Original-Recipient: rfc822; ${"+2B".repeat(100_000)}@x`])],
    ["spaces", `To: ${" ".repeat(200_000)}x\r\n\r\n`],
  ])("with many %s takes no longer than any other", { timeout: 10_000 }, async (_, mail) => {
    const result = await refusal(mail);
    expect(Array.isArray(result) || MailEventError.is(result)).toBe(true);
  });
});

describe("whatever comes", () => {
  const samples = [
    statusMail(failed),
    to(pathFor("ada@example.com")),
    feedbackMail(["Feedback-Type: abuse"]),
    qmailBounceMail,
    oldEximBounce,
  ];
  const sources = [bounceEvents(), bounceEvents({ verp }), bounceEvents({ verp, unsigned: "accept", maxBytes: 500 })];

  async function expectEventsOrRefusal(mail: string | Uint8Array): Promise<void> {
    for (const source of sources) {
      try {
        for (const { id, type, at, provider, recipient = "a@b", response = "" } of await source.read(mail)) {
          expect([typeof id, typeof type, provider]).toEqual(["string", "string", "smtp"]);
          expect(at.getTime()).not.toBeNaN();
          expect(recipient).toMatch(/^[^\p{Cc}]+@[^\p{Cc}]+$/u);
          expect(response).not.toMatch(/\p{Cc}/u);
        }
      } catch (error) {
        if (!MailEventError.is(error)) throw error;
      }
    }
  }

  test("bytes give events or a MailEventError", async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), expectEventsOrRefusal), { numRuns: 100 });
  });

  test("reports that were cut, doubled, and written over give events or a MailEventError", async () => {
    const spoil = fc.record({
      sample: fc.constantFrom(...samples),
      from: fc.double({ min: 0, max: 1, noNaN: true }),
      length: fc.nat({ max: 400 }),
      text: fc.oneof(
        fc.string({ unit: "binary", maxLength: 40 }),
        fc.constantFrom(
          "\r\n\r\n",
          "--=_b\r\n",
          "--=_b--",
          "\0",
          "Content-Type: message/rfc822\r\n",
          ": ",
          ";",
          "rfc822;",
          "<>",
        ),
        fc.constantFrom(...samples),
      ),
    });
    await fc.assert(
      fc.asyncProperty(spoil, async ({ sample, from, length, text }) => {
        const at = Math.floor(from * sample.length);
        await expectEventsOrRefusal(sample.slice(0, at) + text + sample.slice(at + length));
      }),
      { numRuns: 300 },
    );
  });

  test("fields of any text give events or a MailEventError", async () => {
    const name = fc.constantFrom(
      "Final-Recipient",
      "Original-Recipient",
      "Action",
      "Status",
      "Diagnostic-Code",
      "Last-Attempt-Date",
    );
    const value = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.constantFrom("rfc822; a@b", "utf-8; \\x{FFFFFF}@b", "5.1.1", "failed"),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 12 }), async (fields) => {
        await expectEventsOrRefusal(statusMail(fields.map(([field, text]) => `${field}: ${text}`)));
      }),
      { numRuns: 200 },
    );
  });
});
