import { Buffer } from "node:buffer";
import { getEventListeners } from "node:events";
import { createMailer, fromUrl, MailError, prepareMessage, silentLogger } from "@mail/core";
import { afterEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { type MockTransport, mock, type SentMail } from "./index.ts";
import { hello, mailerWithMock } from "./mailer.fixture.ts";

afterEach(() => {
  vi.useRealTimers();
});

function abortable(): { readonly controller: AbortController; readonly signal: AbortSignal } {
  const controller = new AbortController();
  return { controller, signal: controller.signal };
}

describe("what was sent", () => {
  test("is kept oldest first, with the newest as last", async () => {
    const { mail, mailer } = mailerWithMock();
    expect(mail.sent).toEqual([]);
    expect(mail.last).toBeUndefined();
    await mailer.send({ ...hello, subject: "One" });
    await mailer.send({ ...hello, subject: "Two" });
    expect(mail.sent.map(({ subject }) => subject)).toEqual(["One", "Two"]);
    expect(mail.last?.subject).toBe("Two");
  });

  test("has every field in a plain shape", async () => {
    const { mail, mailer } = mailerWithMock();
    const sendAt = new Date(Date.now() + 3_600_000);
    const receipt = await mailer.send({
      ...hello,
      sender: "robot@acme.example",
      cc: ["bob@example.com"],
      bcc: ["eve@example.com"],
      replyTo: "help@acme.example",
      html: "<p>Hello</p>",
      amp: "<!doctype html><html ⚡4email></html>",
      attachments: [
        { filename: "a.txt", content: "Grüße" },
        { filename: "logo.png", content: new Blob(["png"]), contentId: "logo" },
      ],
      calendar: { content: "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR" },
      headers: { "X-Order": "7" },
      inReplyTo: "<a@example.com>",
      references: ["<a@example.com>"],
      priority: "high",
      tags: ["welcome"],
      metadata: { order: "7" },
      sendAt,
      tracking: { opens: true },
      unsubscribe: { url: "https://acme.example/u" },
      envelope: { from: "bounce@acme.example" },
      idempotencyKey: "k1",
    });
    const expected = {
      id: receipt.id,
      messageId: receipt.messageId,
      envelope: {
        from: "bounce@acme.example",
        to: ["ada@example.com", "bob@example.com", "eve@example.com"],
      },
      from: { name: "Acme", address: "hello@acme.example" },
      sender: { address: "robot@acme.example" },
      to: [{ name: "Ada", address: "ada@example.com" }],
      cc: [{ address: "bob@example.com" }],
      bcc: [{ address: "eve@example.com" }],
      replyTo: [{ address: "help@acme.example" }],
      subject: "Hi",
      text: "Hello",
      html: "<p>Hello</p>",
      amp: "<!doctype html><html ⚡4email></html>",
      calendar: { method: "REQUEST" },
      inReplyTo: "<a@example.com>",
      references: ["<a@example.com>"],
      priority: "high",
      tags: ["welcome"],
      metadata: { order: "7" },
      sendAt,
      tracking: { opens: true },
      unsubscribe: { url: "https://acme.example/u", oneClick: true },
      idempotencyKey: "k1",
    };
    expect(mail.last).toMatchObject(expected);
    expect(mail.last?.headers).toMatchObject({ "X-Order": "7", "X-Mail-Id": receipt.id });
    expect(mail.last?.attachments).toEqual([
      {
        filename: "a.txt",
        contentType: "text/plain; charset=utf-8",
        disposition: "attachment",
        content: new TextEncoder().encode("Grüße"),
      },
      {
        filename: "logo.png",
        contentType: "image/png",
        contentId: "logo",
        disposition: "inline",
        content: new TextEncoder().encode("png"),
      },
    ]);
    expect(mail.last?.attachments[0]?.text).toBe("Grüße");
  });

  test("is a copy that later changes to the app's objects do not reach", async () => {
    const { mail, mailer } = mailerWithMock();
    const content = new TextEncoder().encode("before");
    const sendAt = new Date(Date.now() + 60_000);
    const time = sendAt.getTime();
    const data = { items: [{ name: "before" }], at: new Date(0) };
    const tags = ["before"];
    const metadata = { key: "before" };
    const headers = { "X-Key": "before" };
    await mailer.send({
      ...hello,
      text: undefined,
      attachments: [{ filename: "a.txt", content }],
      sendAt,
      template: { id: "t", data },
      tags,
      metadata,
      headers,
    });
    content.fill(0);
    sendAt.setTime(0);
    data.items[0] = { name: "after" };
    data.at.setTime(1);
    tags.push("after");
    metadata.key = "after";
    headers["X-Key"] = "after";
    const sent = mail.last as SentMail;
    expect(sent.attachments[0]?.text).toBe("before");
    expect(sent.sendAt?.getTime()).toBe(time);
    expect(sent.template?.data).toEqual({ items: [{ name: "before" }], at: new Date(0) });
    expect(sent.tags).toEqual(["before"]);
    expect(sent.metadata).toEqual({ key: "before" });
    expect(sent.headers).toMatchObject({ "X-Key": "before" });
  });

  test("cannot be changed by the test, and an older list does not grow", async () => {
    const { mail, mailer } = mailerWithMock();
    await mailer.send(hello);
    const before = mail.sent;
    expect(mail.sent).toBe(before);
    await mailer.send(hello);
    expect(before).toHaveLength(1);
    expect(mail.sent).toHaveLength(2);
    for (const value of [mail, mail.sent, mail.last, mail.last?.to, mail.last?.headers, mail.last?.attachments]) {
      expect(Object.isFrozen(value)).toBe(true);
    }
  });

  test("is each mock's own, also under parallel sends", async () => {
    const pairs = Array.from({ length: 5 }, () => mailerWithMock());
    pairs[0]?.mail.failNext("timeout");
    const results = await Promise.allSettled(
      pairs.flatMap(({ mailer }, number) =>
        ["a", "b"].map((letter) => mailer.send({ ...hello, subject: `${number}${letter}` })),
      ),
    );
    expect(results.filter(({ status }) => status === "rejected")).toHaveLength(1);
    expect(pairs.map(({ mail }) => mail.sent.map(({ subject }) => subject))).toEqual([
      ["0b"],
      ["1a", "1b"],
      ["2a", "2b"],
      ["3a", "3b"],
      ["4a", "4b"],
    ]);
  });

  test("stays readable after close, and nothing more is taken", async () => {
    const { mail, mailer } = mailerWithMock();
    await mailer.send(hello);
    await mail.close?.();
    await expect(mailer.send(hello)).rejects.toMatchObject({ code: "configuration" });
    expect(mail.sent).toHaveLength(1);
  });

  test("is not there when an attachment cannot be read", async () => {
    const { mail, mailer } = mailerWithMock();
    const content = (): string => {
      throw new Error("no such file");
    };
    await expect(mailer.send({ ...hello, attachments: [{ filename: "a", content }] })).rejects.toMatchObject({
      code: "invalid_message",
      field: "attachments[0].content",
    });
    expect(mail.sent).toEqual([]);
  });
});

describe("receipts", () => {
  test("name the mock, its label and an id of its own", async () => {
    const { mail, mailer } = mailerWithMock({ label: "spy" });
    const receipt = await mailer.send(hello);
    expect(receipt).toMatchObject({
      status: "sent",
      transport: "spy",
      id: mail.last?.id,
      providerId: `mock-${receipt.id}`,
      messageId: mail.last?.messageId,
      accepted: ["ada@example.com"],
      rejected: [],
    });
    expect(mail.name).toBe("mock");
  });
});

describe("failNext", () => {
  test("fails the next mails with the code, then sends again", async () => {
    const { mail, mailer } = mailerWithMock();
    mail.failNext("rate_limited", 2);
    for (const _ of [1, 2]) {
      await expect(mailer.send(hello)).rejects.toMatchObject({
        code: "rate_limited",
        retryable: true,
        delivery: "not_sent",
        transport: "mock",
        hint: expect.stringContaining("failNext"),
      });
    }
    await mailer.send(hello);
    expect(mail.sent).toHaveLength(1);
  });

  test("fails with an error of the test's own", async () => {
    const { mail, mailer } = mailerWithMock();
    mail.failNext(new MailError("Slow down", { code: "rate_limited", retryAfterMs: 500, delivery: "unknown" }));
    await expect(mailer.send(hello)).rejects.toMatchObject({
      message: "Slow down",
      retryAfterMs: 500,
      delivery: "unknown",
    });
    await mailer.send(hello);
  });

  test("tells an hour for an exhausted quota, as the other transports do", async () => {
    const { mail, mailer } = mailerWithMock();
    mail.failNext("quota_exceeded");
    await expect(mailer.send(hello)).rejects.toMatchObject({ code: "quota_exceeded", retryAfterMs: 3_600_000 });
  });

  test("queues up, goes before failWhen, and ends with clear", async () => {
    const { mail, mailer } = mailerWithMock();
    mail.failWhen(() => true, "policy_rejected");
    mail.failNext("timeout");
    mail.failNext("connection");
    const codes: unknown[] = [];
    for (const _ of [1, 2, 3, 4]) await mailer.send(hello).catch((error) => codes.push(error.code));
    expect(codes).toEqual(["timeout", "connection", "policy_rejected", "policy_rejected"]);
    mail.failNext("timeout", Number.POSITIVE_INFINITY);
    mail.clear();
    await mailer.send(hello);
    mail.clear();
    expect(mail.sent).toEqual([]);
    expect(mail.last).toBeUndefined();
  });

  test.each([0, -1, 1.5, Number.NaN])("refuses %s times", (times) => {
    expect(() => mock().failNext("timeout", times)).toThrow(
      expect.objectContaining({ code: "configuration", field: "times" }),
    );
  });

  test("refuses an unknown code and lists the known ones", () => {
    const code = "rate_limit" as "rate_limited";
    for (const plan of [() => mock().failNext(code), () => mock().failWhen(() => true, code)]) {
      expect(plan).toThrow(
        expect.objectContaining({ code: "configuration", hint: expect.stringContaining("rate_limited") }),
      );
    }
  });
});

describe("failWhen", () => {
  test("fails the mails that fit, each time", async () => {
    const { mail, mailer } = mailerWithMock();
    mail.failWhen(({ to }) => to.some(({ address }) => address === "bob@example.com"), "recipient_rejected");
    for (const _ of [1, 2]) {
      await expect(mailer.send({ ...hello, to: "bob@example.com" })).rejects.toMatchObject({
        code: "recipient_rejected",
      });
    }
    await mailer.send(hello);
    expect(mail.sent.map(({ to }) => to[0]?.address)).toEqual(["ada@example.com"]);
  });

  test("refuses what is no function", () => {
    expect(() => mock().failWhen("bob" as never, "timeout")).toThrow(
      expect.objectContaining({ code: "configuration", field: "predicate" }),
    );
  });
});

describe("waitFor", () => {
  test("gives a mail that was sent before", async () => {
    const { mail, mailer } = mailerWithMock();
    await mailer.send({ ...hello, subject: "One" });
    await mailer.send({ ...hello, subject: "Two" });
    expect((await mail.waitFor(() => true)).subject).toBe("One");
  });

  test("waits for a mail that is still to come, across clear, and leaves no timer", async () => {
    vi.useFakeTimers();
    const { mail, mailer } = mailerWithMock();
    const waiting = mail.waitFor(({ subject }) => subject === "Two");
    await mailer.send({ ...hello, subject: "One" });
    mail.clear();
    await mailer.send({ ...hello, subject: "Two" });
    expect(await waiting).toBe(mail.last);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("gives up after a second and lists what was sent", async () => {
    vi.useFakeTimers();
    const { mail, mailer } = mailerWithMock();
    await mailer.send(hello);
    await mailer.send({ ...hello, to: ["a@b.example", "c@d.example"], cc: "e@f.example", bcc: "g@h.example" });
    const outcome = mail.waitFor(() => false).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1_000);
    const error = (await outcome) as Error;
    expect(error.message).toMatchInlineSnapshot(`
      "waitFor: no mail like that was sent within 1000 ms. 2 mails sent:
        1. "Hi" to Ada <ada@example.com>
        2. "Hi" to a@b.example, c@d.example, e@f.example and 1 more"
    `);
    expect(error.stack).toContain("mock-transport.test.ts");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("says that nothing was sent, after the time that the test gave", async () => {
    vi.useFakeTimers();
    const outcome = mock()
      .waitFor(() => true, 20)
      .catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(20);
    expect(await outcome).toMatchInlineSnapshot(
      `[Error: waitFor: no mail like that was sent within 20 ms. Nothing was sent.]`,
    );
  });

  test("rejects with what the predicate throws, and the send goes on", async () => {
    const { mail, mailer } = mailerWithMock();
    const waiting = mail.waitFor(() => {
      throw new Error("my mistake");
    });
    const outcome = waiting.catch((error: unknown) => error);
    await mailer.send(hello);
    expect(await outcome).toEqual(new Error("my mistake"));
    expect(mail.sent).toHaveLength(1);
  });
});

describe("latencyMs", () => {
  test("keeps the mail back for that time", async () => {
    vi.useFakeTimers();
    const { mail, mailer } = mailerWithMock({ latencyMs: 50 });
    const sending = mailer.send(hello);
    await vi.advanceTimersByTimeAsync(49);
    expect(mail.sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await sending;
    expect(mail.sent).toHaveLength(1);
  });

  test("ends when the caller aborts, and nothing is sent or left running", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { mail, mailer } = mailerWithMock({ latencyMs: 60_000 });
    const controller = new AbortController();
    const sending = mailer.send(hello, { signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(sending).rejects.toMatchObject({ code: "aborted", delivery: "not_sent" });
    expect(mail.sent).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("ends while an attachment's content hangs, and closes then", async () => {
    const content = () => new Promise<never>(() => undefined);
    const attachments = [{ filename: "a.bin", content }];
    const { signal, controller } = abortable();
    const mail = mock();
    const context = { signal, log: silentLogger };
    const sending = mail.send(prepareMessage({ ...hello, attachments }), context);
    setImmediate(() => controller.abort());
    await expect(sending).rejects.toMatchObject({ code: "aborted", delivery: "not_sent" });
    await mail.close?.();
    expect(mail.sent).toEqual([]);
  });

  test("ends a batch while an attachment's content hangs", async () => {
    const content = () => new Promise<never>(() => undefined);
    const { mail, mailer } = mailerWithMock();
    const { signal, controller } = abortable();
    const letter = { ...hello, to: undefined, attachments: [{ filename: "a.bin", content }] };
    const run = mailer.sendBulk(letter, [{ to: "ada@example.com" }], { signal });
    setImmediate(() => controller.abort());
    for await (const outcome of run)
      expect(outcome).toMatchObject({ ok: false, error: { code: "aborted", delivery: "not_sent" } });
    expect(mail.sent).toEqual([]);
  });

  test("leaves no listener on the signal", async () => {
    const { signal } = new AbortController();
    await mock({ latencyMs: 1 }).verify?.({ signal, log: silentLogger });
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });

  test("ends when the time for the mail runs out", async () => {
    const { mailer } = mailerWithMock({ latencyMs: 60_000 });
    await expect(mailer.send(hello, { timeoutMs: 5 })).rejects.toMatchObject({ code: "timeout", delivery: "not_sent" });
  });
});

describe("batches", () => {
  const recipients = [
    { to: "ada@example.com", data: { name: "Ada & Co" } },
    { to: "bob@example.com", data: { name: "Bob" }, metadata: { own: "1" } },
  ];
  const merge = {
    from: hello.from,
    subject: "Hi {{name}}",
    text: "Dear {{name}}",
    html: "<p>{{name}} {{{name}}}</p>",
    metadata: { all: "0" },
    attachments: [{ filename: "a.txt", content: "A" }],
  };

  test("become one mail per recipient, rendered", async () => {
    const { mail, mailer } = mailerWithMock();
    expect(await mailer.sendBulk(merge, recipients)).toMatchObject({ sent: 2, failed: 0 });
    expect(mail.sent).toMatchObject([
      {
        to: [{ address: "ada@example.com" }],
        subject: "Hi Ada & Co",
        text: "Dear Ada & Co",
        html: "<p>Ada &amp; Co Ada & Co</p>",
        metadata: { all: "0" },
        envelope: { to: ["ada@example.com"] },
      },
      { subject: "Hi Bob", html: "<p>Bob Bob</p>", metadata: { all: "0", own: "1" } },
    ]);
    expect(mail.last?.attachments[0]?.text).toBe("A");
  });

  test("fail per recipient", async () => {
    const { mail, mailer } = mailerWithMock();
    mail.failNext("rate_limited");
    mail.failWhen(({ subject }) => subject === "Hi Bob", "recipient_rejected");
    const three = [...recipients, { to: "eve@example.com", data: { name: "Eve" } }];
    const outcomes = [];
    for await (const outcome of mailer.sendBulk(merge, three)) outcomes.push(outcome);
    expect(outcomes).toMatchObject([
      { index: 0, ok: false, error: { code: "rate_limited" } },
      { index: 1, ok: false, error: { code: "recipient_rejected" } },
      { index: 2, ok: true, receipt: { accepted: ["eve@example.com"] } },
    ]);
    expect(mail.sent.map(({ subject }) => subject)).toEqual(["Hi Eve"]);
  });

  test("can be switched off", async () => {
    const { mail, mailer } = mailerWithMock({ features: { batch: undefined } });
    expect(mail.sendBatch).toBeUndefined();
    expect(mail.features).not.toHaveProperty("batch");
    expect(await mailer.sendBulk(merge, recipients)).toMatchObject({ sent: 2, failed: 0 });
    expect(mail.sent.map(({ subject }) => subject).sort()).toEqual(["Hi Ada & Co", "Hi Bob"]);
  });
});

describe("options", () => {
  test("let an app see what a lesser transport does", async () => {
    const { mail, mailer } = mailerWithMock({ features: { fields: ["attachments"], recipients: 1 } });
    const receipt = await mailer.send({ ...hello, tags: ["a"] });
    expect(receipt.dropped).toEqual(["tags"]);
    expect(mail.last?.tags).toEqual([]);
    await expect(mailer.send({ ...hello, text: undefined, template: { id: "t" } })).rejects.toMatchObject({
      code: "unsupported",
    });
    await expect(mailer.send({ ...hello, cc: "b@example.com" })).rejects.toMatchObject({ field: "to" });
    expect(mail.sent).toHaveLength(1);
  });

  test.each([{ latency: 5 }, { latencyMs: -1 }, { latencyMs: "5" }, { features: [] }, { label: "" }])(
    "are checked: %o",
    (options) => {
      const [field] = Object.keys(options);
      expect(() => mock(options as never)).toThrow(expect.objectContaining({ code: "configuration", field }));
    },
  );

  test("name no feature that does not exist", () => {
    const features = { nope: 1 };
    expect(() => mock({ features: features as object })).toThrow(
      expect.objectContaining({ code: "configuration", field: "features.nope" }),
    );
  });

  test("come from a URL too", async () => {
    const mail = mock.fromUrl("mock://default?latencyMs=1&label=spy");
    expectTypeOf(mail).toEqualTypeOf<MockTransport>();
    expect(mail.label).toBe("spy");
    const receipt = await createMailer({ transport: fromUrl("mock://", [mock]) }).send(hello);
    expect(receipt.transport).toBe("mock");
    expect(() => mock.fromUrl("mock://?latency=1")).toThrow(expect.objectContaining({ field: "latency" }));
    await createMailer({ transport: mail }).send(hello);
    expect(mail.sent).toHaveLength(1);
  });
});

test("verify passes", async () => {
  const { mailer } = mailerWithMock();
  await expect(mailer.verify()).resolves.toBeUndefined();
});

test("attachments of every kind are read", async () => {
  const { mail, mailer } = mailerWithMock();
  const stream = async function* (): AsyncGenerator<string> {
    yield "st";
    yield "ream";
  };
  await mailer.send({
    ...hello,
    attachments: [
      { filename: "1", content: Buffer.from("buffer") },
      { filename: "2", content: "YmFzZTY0", encoding: "base64" },
      { filename: "3", content: stream() },
      { filename: "4", content: () => stream() },
    ],
  });
  expect(mail.last?.attachments.map(({ text }) => text)).toEqual(["buffer", "base64", "stream", "stream"]);
});
