import { Readable } from "node:stream";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  exchangeBounce,
  feedbackMail,
  gmailBounce,
  mailId,
  messageId,
  oldEximBounce,
  originalHeaders,
  plainMail,
  qmailBounceMail,
  reportMail,
  statusMail,
} from "./events/bounce-samples.fixture.ts";
import { bounceEvents, mailRequest } from "./events/index.ts";

const read = (mail: string) => bounceEvents().read(mail);

afterEach(() => vi.unstubAllEnvs());

const failed = ["Final-Recipient: rfc822; ada@example.com", "Action: failed", "Status: 5.1.1"];

describe("a delivery status notification", () => {
  test("is an event with all that it says", async () => {
    const fields = [
      ...failed,
      "Remote-MTA: dns; mx.example.com",
      "Diagnostic-Code: smtp; 550 5.1.1 <ada@example.com>:",
      "\tUser unknown",
      "Last-Attempt-Date: Thu, 1 Jan 2026 11:59:58 +0000",
    ];
    expect(await read(statusMail(fields))).toEqual([
      {
        id: expect.stringMatching(/^[\w-]{43}$/),
        type: "bounced",
        at: new Date("2026-01-01T11:59:58Z"),
        provider: "smtp",
        mailId,
        messageId,
        recipient: "ada@example.com",
        reason: "invalid",
        permanent: true,
        detail: "5.1.1",
        response: "550 5.1.1 <ada@example.com>: User unknown",
        unsigned: true,
        tags: [],
        metadata: {},
        raw: {
          "final-recipient": "rfc822; ada@example.com",
          action: "failed",
          status: "5.1.1",
          "remote-mta": "dns; mx.example.com",
          "diagnostic-code": "smtp; 550 5.1.1 <ada@example.com>: User unknown",
          "last-attempt-date": "Thu, 1 Jan 2026 11:59:58 +0000",
        },
      },
    ]);
  });

  test.each([
    ["failed", "5.1.1", { type: "bounced", detail: "5.1.1" }],
    ["failed", "4.4.7", { type: "bounced", reason: "timed_out", permanent: false, detail: "4.4.7" }],
    ["Failed (bad destination)", "5.1.1", { type: "bounced" }],
    ["delayed", "4.4.1", { type: "deferred", reason: "timed_out", detail: "4.4.1" }],
    ["delayed", "4.7.1", { type: "deferred", reason: "blocked" }],
    ["delayed", "4.2.2", { type: "deferred", reason: "other" }],
    ["delivered", "2.0.0", { type: "delivered", detail: "delivered" }],
    ["relayed", "2.0.0", { type: "delivered", detail: "relayed" }],
    ["expanded", "2.1.5", { type: "delivered", detail: "expanded" }],
    ["", "5.2.1", { type: "bounced" }],
    ["", "4.2.1", { type: "deferred" }],
    ["lost", "", { type: "unknown", detail: "lost" }],
    ["constructor", "9.9.9", { type: "unknown" }],
  ])("with the action %j and the status %j", async (action, status, expected) => {
    const mail = statusMail([failed[0] as string, `Action: ${action}`, `Status: ${status}`]);
    expect(await read(mail)).toMatchObject([{ recipient: "ada@example.com", ...expected }]);
  });

  test("has an event for each recipient", async () => {
    const bob = ["Final-Recipient: rfc822; bob@example.org", "Action: delayed", "Status: 4.0.0"];
    const mail = statusMail([...failed, "", ...bob, "", "X-Note: about nobody"]);
    expect((await read(mail)).map(({ recipient, type }) => [recipient, type])).toEqual([
      ["ada@example.com", "bounced"],
      ["bob@example.org", "deferred"],
    ]);
  });

  test("is understood where its blocks run into each other", async () => {
    const content = ["Reporting-MTA: dns; mx.example.com", ...failed].join("\n");
    const mail = reportMail({ report: ["message/delivery-status", content] });
    expect(await read(mail)).toMatchObject([{ type: "bounced", recipient: "ada@example.com", permanent: true }]);
  });

  test("about nobody is an event that says so", async () => {
    expect(await read(statusMail([]))).toMatchObject([{ type: "unknown", detail: "no recipient", mailId }]);
  });

  test.each([
    ["smtp; 550 5.1.1 User unknown", "5.0.0", "5.1.1"],
    ["smtp; 550-5.7.26 no", "5.0.0", "5.7.26"],
    ["550 5.1.1 User unknown", "", "5.1.1"],
    ["smtp; 550 5.1.1 User unknown", "5.7.1", "5.7.1"],
    ["smtp; 451 4.7.1 later", "5.0.0", "5.0.0"],
    ["smtp; 550 4.1.1 contradicts itself", "5.0.0", "5.0.0"],
    ["smtp; 550 No such user, see 5.1.1", "5.0.0", "5.0.0"],
    ["x-unix; 550 5.1.1 from a program", "5.0.0", "5.0.0"],
  ])("with the answer %j and the status %j has the code %s", async (diagnostic, status, code) => {
    const mail = statusMail([...failed.slice(0, 2), `Status: ${status}`, `Diagnostic-Code: ${diagnostic}`]);
    expect(await read(mail)).toMatchObject([{ detail: code, permanent: code === "5.1.1" }]);
  });

  test.each([
    ["as it was written", "rfc822;alias@example.com", "alias@example.com"],
    ["as it was written, with a tag", "rfc822; ada+tag@example.com", "ada+tag@example.com"],
    ["from xtext", "rfc822;ada+2Btag@example.com", "ada+tag@example.com"],
    ["from xtext with @", "rfc822;ada+40example.com", "ada@example.com"],
    ["in brackets", "rfc822; <ada@example.net>", "ada@example.net"],
    ["without a type", "ada@example.net", "ada@example.net"],
    ["beyond ASCII", "utf-8; jürgen@bücher.example", "jürgen@bücher.example"],
    ["beyond ASCII in ASCII", "utf-8; j\\x{FC}rgen@example.com", "jürgen@example.com"],
    ["quoted", 'rfc822; "ada lovelace"@example.com', '"ada lovelace"@example.com'],
    ["of another kind, so the final one counts", "x400; /G=Ada/", "ada@example.com"],
    ["that is none, so the final one counts", "rfc822; ada", "ada@example.com"],
  ])("names the original recipient %s", async (_, original, recipient) => {
    expect(await read(statusMail([...failed, `Original-Recipient: ${original}`]))).toMatchObject([{ recipient }]);
  });

  test("takes a recipient for no xtext who is the final one as it stands", async () => {
    const address = "rfc822; ada+2Btag@example.com";
    const mail = statusMail([`Final-Recipient: ${address}`, `Original-Recipient: ${address}`, ...failed.slice(1)]);
    expect(await read(mail)).toMatchObject([{ recipient: "ada+2Btag@example.com" }]);
  });

  test("in UTF-8 is one too (RFC 6533)", async () => {
    const content = `Reporting-MTA: dns; mx.example.com\n\nFinal-Recipient: utf-8; jürgen@example.com\nAction: failed\nStatus: 5.1.1\nLocalized-Diagnostic: unbekannt\n`;
    const mail = reportMail({
      report: ["message/global-delivery-status", content],
      original: ["message/global-headers", originalHeaders],
    });
    expect(await read(mail)).toMatchObject([{ recipient: "jürgen@example.com", permanent: true, mailId }]);
  });

  test("in base64 is one too", async () => {
    const content = Buffer.from(`Reporting-MTA: dns; x\r\n\r\n${failed.join("\r\n")}\r\n`).toString("base64");
    const type = "message/delivery-status\nContent-Transfer-Encoding: base64";
    expect(await read(reportMail({ report: [type, content] }))).toMatchObject([{ recipient: "ada@example.com" }]);
  });

  test.each(["text/rfc822-headers", "message/rfc822", "message/global-headers", "message/global"])(
    "knows the mail by its headers in %s",
    async (type) => {
      const mail = statusMail(failed, { original: [type, `${originalHeaders}\n\nX-Mail-Id: ${"0".repeat(36)}`] });
      expect(await read(mail)).toMatchObject([{ mailId, messageId }]);
    },
  );

  test("knows the mail by its envelope's id, where it was given one", async () => {
    const content = `Original-Envelope-Id: ${mailId}\n\n${failed.join("\n")}\n`;
    const mail = reportMail({ report: ["message/delivery-status", content], original: ["text/plain", "none"] });
    const [event] = await read(mail);
    expect(event).toMatchObject({ mailId });
    expect(event).not.toHaveProperty("messageId");
  });

  test("names no mail where what stands there is no id of ours", async () => {
    const original = ["text/rfc822-headers", "X-Mail-Id: ' OR 1=1\nMessage-ID: none"] as const;
    const [event] = await read(statusMail(failed, { original }));
    expect(event).not.toHaveProperty("mailId");
    expect(event).not.toHaveProperty("messageId");
  });

  test.each([
    ["Thu, 1 Jan 2026 02:00:02 -0800 (PST)", "2026-01-01T10:00:02.000Z"],
    ["no date", "2026-01-01T12:00:00.000Z"],
    ["Thu, 1 Jan 2026 02:00:02", "2026-01-01T02:00:02.000Z"],
    ["2026-01-01T02:00", "2026-01-01T02:00:00.000Z"],
    ["2026-01-01T02:00:02+02:00", "2026-01-01T00:00:02.000Z"],
  ])("with the last attempt at %j is the same wherever it is read", async (date, at) => {
    vi.stubEnv("TZ", "America/New_York");
    const [event] = await read(statusMail([...failed, `Last-Attempt-Date: ${date}`]));
    expect(event?.at.toISOString()).toBe(at);
  });

  test("in a year to come happened when it came", async () => {
    const [event] = await read(statusMail([...failed, "Last-Attempt-Date: Thu, 1 Jan 9999 00:00:00 +0000"]));
    expect(event?.at.getTime()).toBeLessThanOrEqual(Date.now());
  });

  test("has the same ids each time it comes, by whatever way, and others than the next report", async () => {
    const first = await read(statusMail(failed));
    const again = await read(`Received: from elsewhere\r\n${statusMail(failed)}`);
    const next = await read(statusMail(failed).replace("report-1@", "report-2@"));
    expect(again).toEqual(first);
    expect(next[0]?.id).not.toBe(first[0]?.id);
  });

  test("is not taken for another one that was written in the same second and has no id either", async () => {
    const ids = ["192.0.2.1", "192.0.2.2"].map(async (ip) => {
      const fields = ["Feedback-Type: abuse", `Source-IP: ${ip}`];
      const mail = feedbackMail(fields, { original: ["text/rfc822-headers", "Subject: Hi"] });
      return (await read(mail.replace(/^Message-ID: .*\r\n/im, "")))[0]?.id;
    });
    expect(new Set(await Promise.all(ids)).size).toBe(2);
  });

  test("that says the same twice is one event", async () => {
    expect(await read(statusMail([...failed, "", ...failed]))).toHaveLength(1);
  });
});

describe("bounces as they are written", () => {
  test("by Gmail", async () => {
    expect(await read(gmailBounce)).toMatchObject([
      {
        type: "bounced",
        at: new Date("2026-01-01T10:00:02Z"),
        recipient: "ada@example.com",
        permanent: true,
        response: expect.stringMatching(/^550-5\.1\.1 The email account .* spaces\. - gsmtp$/),
        mailId,
      },
    ]);
  });

  test("by Exchange", async () => {
    expect(await read(exchangeBounce)).toMatchObject([
      { type: "bounced", recipient: "ada@example.com", reason: "invalid", permanent: true, detail: "5.1.10", mailId },
    ]);
  });

  test("by qmail", async () => {
    expect(await read(qmailBounceMail)).toMatchObject([
      {
        type: "bounced",
        recipient: "ada@example.com",
        reason: "invalid",
        permanent: true,
        detail: "5.1.1",
        response: "Sorry, no mailbox here by that name. (#5.1.1)",
        mailId,
        messageId,
      },
      { type: "bounced", recipient: "bob@example.com", reason: "bounced", permanent: false, detail: "failed", mailId },
    ]);
  });

  test("by Exim before it wrote reports", async () => {
    const expected = { type: "bounced", reason: "bounced", permanent: false, detail: "failed", mailId, messageId };
    expect(await read(oldEximBounce)).toMatchObject([
      { recipient: "ada@example.com", ...expected },
      { recipient: "bob@example.com", ...expected },
    ]);
  });

  test("in words alone are not understood, and say so", async () => {
    const mail = plainMail(
      [
        "Return-Path: <>",
        "From: postmaster@example.com",
        "Subject: Unzustellbar",
        "Date: Thu, 1 Jan 2026 12:00:00 +0000",
      ],
      "ada@example.com ist unbekannt: 550 5.1.1",
    );
    const [event, ...others] = await read(mail);
    expect(others).toEqual([]);
    expect(event).toMatchObject({ type: "unknown", detail: "no delivery status", raw: { subject: "Unzustellbar" } });
    expect(event).not.toHaveProperty("recipient");
  });
});

describe("a complaint", () => {
  const abuse = ["Feedback-Type: abuse", "User-Agent: SomeGenerator/1.0", "Version: 1"];

  test("is an event for each recipient", async () => {
    const fields = [...abuse, "Original-Rcpt-To: <ada@example.com>", "Original-Rcpt-To: bob@example.com"];
    const expected = { type: "complained", reason: "spam", detail: "abuse", mailId, messageId, provider: "smtp" };
    expect(await read(feedbackMail(fields))).toMatchObject([
      { recipient: "ada@example.com", at: new Date("2026-01-01T12:00:00Z"), ...expected },
      { recipient: "bob@example.com", ...expected },
    ]);
  });

  test.each(["redacted", "", "<>", "[redacted]@"])("whose recipient was blacked out as %j names nobody", async (to) => {
    const [event] = await read(feedbackMail([...abuse, `Original-Rcpt-To: ${to}`]));
    expect(event).toMatchObject({ type: "complained", mailId });
    expect(event).not.toHaveProperty("recipient");
  });

  test.each([
    ["abuse", "complained"],
    ["ABUSE", "complained"],
    ["fraud", "complained"],
    ["opt-out", "unsubscribed"],
    ["not-spam", "unknown"],
    ["virus", "unknown"],
    ["other", "unknown"],
    ["toString", "unknown"],
    ["", "unknown"],
  ])("of the type %j is %s", async (type, expected) => {
    const [event] = await read(feedbackMail([`Feedback-Type: ${type}`, "Version: 1"]));
    expect(event?.type).toBe(expected);
  });

  test("is none where a mail failed DMARC", async () => {
    const fields = ["Feedback-Type: auth-failure", "Auth-Failure: dmarc", "Original-Rcpt-To: <ada@example.com>"];
    expect(await read(feedbackMail(fields))).toEqual([]);
  });
});

describe("a mail that reports nothing", () => {
  const body = "I am away until Monday. 550 5.1.1 User unknown";
  test.each([
    ["an absence note", ["Return-Path: <>", "Auto-Submitted: auto-replied (vacation)", "Subject: Away"]],
    ["an absence note of old", ["Return-Path: <>", "X-Autoreply: yes"]],
    ["an absence note of older", ["Return-Path: <>", "Precedence: auto_reply"]],
    ["a letter", ["Return-Path: <ada@example.com>", "Subject: Re: Hello"]],
    ["a mail without a return path", ["Subject: Hi"]],
  ])("has no events: %s", async (_, headers) => {
    expect(await read(plainMail(headers, body))).toEqual([]);
  });

  test("has no events: a read receipt (RFC 8098)", async () => {
    const content =
      "Final-Recipient: rfc822; ada@example.com\nDisposition: manual-action/MDN-sent-manually; displayed\n";
    const mail = reportMail({
      headers: ["Return-Path: <>"],
      report: ["message/disposition-notification", content],
    });
    expect(await read(mail)).toEqual([]);
  });

  test("has no events: a letter that has a bounce attached", async () => {
    const mail = `Return-Path: <ada@example.com>\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: text/plain\r\n\r\nSee below\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n${statusMail(failed)}\r\n--o--\r\n`;
    expect(await read(mail)).toEqual([]);
  });
});

describe("the mail comes", () => {
  const mail = statusMail(failed);
  const bytes = new TextEncoder().encode(mail);

  test.each([
    ["bytes", () => bytes],
    ["a Web stream", () => new Blob([bytes]).stream()],
    ["a stream of Node", () => Readable.from([bytes.subarray(0, 10), bytes.subarray(10)])],
    ["a stream of text", () => Readable.from([mail.slice(0, 10), mail.slice(10)])],
  ])("as %s", async (_, source) => {
    expect(await bounceEvents().read(source())).toEqual(await bounceEvents().read(mail));
  });

  test.each(["message/rfc822", "message/global", "application/octet-stream", "Text/Plain; charset=utf-8"])(
    "in a POST of the type %s",
    async (type) => {
      const request = new Request("https://app.example", {
        method: "POST",
        headers: { "content-type": type },
        body: bytes,
      });
      expect(await bounceEvents().parse(request)).toHaveLength(1);
    },
  );

  test.each(["application/json", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])(
    "not in a POST of the type %s",
    async (type) => {
      const request = new Request("https://app.example", {
        method: "POST",
        headers: { "content-type": type },
        body: bytes,
      });
      await expect(bounceEvents().parse(request)).rejects.toMatchObject({ code: "malformed", field: "content-type" });
    },
  );

  test("once: a request that was read is told from an empty mail", async () => {
    const request = mailRequest(mail);
    await request.text();
    await expect(bounceEvents().parse(request)).rejects.toMatchObject({ code: "malformed", field: "body" });
  });

  test("whole, or it is told that it broke off", async () => {
    const source = Readable.from(
      (async function* () {
        yield bytes.subarray(0, 100);
        throw new Error("reset");
      })(),
    );
    await expect(bounceEvents().read(source)).rejects.toMatchObject({ code: "malformed" });
  });
});

test.each([
  [{ verp: { address: "bounces@acme.example" } }, "verp.secret"],
  [{ verp: { address: "bounces", secret: "0123456789abcdef" } }, "verp.address"],
  [{ verp: { address: "bounces@acme.example", secret: "short" } }, "verp.secret"],
  [{ verp: { address: "bounces@acme.example", secret: [] } }, "verp.secret"],
  [{ verp: { address: "bounces@acme.example", secret: ["0123456789abcdef", 7] } }, "verp.secret[1]"],
  [{ verp: { address: "a-long-address-for-bounces@acme.example", secret: "0123456789abcdef" } }, "verp.address"],
  [{ verp: { address: "bounces@acme.example", secret: "0123456789abcdef", adress: "" } }, "verp.adress"],
  [{ unsigned: "maybe" }, "unsigned"],
  [{ maxBytes: 0 }, "maxBytes"],
  [{ maxSize: 1 }, "maxSize"],
])("options %j are refused at %s", (options, field) => {
  expect(() => bounceEvents(options as never)).toThrow(expect.objectContaining({ code: "configuration", field }));
});
