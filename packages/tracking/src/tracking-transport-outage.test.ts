import { createMailer, failover, MailError, type Transport } from "@mail/core";
import { mock } from "@mail/mock";
import { describe, expect, test, vi } from "vitest";
import { createTracker } from "./create-tracker.ts";
import { faultyStore, mailEvent } from "./tracker.fixture.ts";

const hello = { from: "hello@acme.example", to: "ada@example.com", subject: "Hi", text: "Hello", tags: ["welcome"] };

describe("while the store is away", () => {
  test("mails are sent with a warning, and recorded once it is back", async () => {
    let isAway = true;
    const store = faultyStore(() => {
      if (isAway) throw new MailError("the store is away", { code: "unavailable" });
    });
    const warn = vi.fn();
    const logger = { debug: vi.fn(), info: vi.fn(), error: vi.fn(), warn };
    const tracker = createTracker({ store, logger });
    const inner = mock();
    const back: Transport = {
      ...inner,
      async send(mail, context) {
        isAway = false;
        return await inner.send(mail, context);
      },
    };
    const { id } = await createMailer({ transport: tracker.transport(back) }).send(hello);
    expect(warn).toHaveBeenCalledExactlyOnceWith({ mailIds: [id], reason: "the store is away" }, expect.any(String));
    expect(await tracker.status(id)).toMatchObject({ mail: { subject: "Hi" }, recipients: [{ state: "sent" }] });
  });

  test("complaints that came before the mail was recorded suppress its recipient afterwards", async () => {
    let isAway = true;
    const store = faultyStore((call) => {
      if (isAway && call === "recordMails") throw new Error("away");
    });
    const tracker = createTracker({ store });
    const inner = mock();
    const complaining: Transport = {
      ...inner,
      async send(mail, context) {
        const { recipient: _, mailId: __, ...redacted } = mailEvent({ type: "complained", messageId: mail.messageId });
        await tracker.add([redacted]);
        isAway = false;
        return await inner.send(mail, context);
      },
    };
    await createMailer({ transport: tracker.transport(complaining) }).send(hello);
    expect(await tracker.suppressions.get(hello.to)).toMatchObject([{ reason: "complained" }]);
  });

  test("what became of a mail is lost with a warning, and the mail is none the worse", async () => {
    const store = faultyStore(() => {
      throw new Error("no such host");
    });
    const warn = vi.fn();
    const mailer = createMailer({
      transport: createTracker({ store }).transport(mock()),
      logger: { debug: vi.fn(), info: vi.fn(), error: vi.fn(), warn },
    });
    expect(await mailer.send(hello)).toMatchObject({ status: "sent" });
    expect(warn).toHaveBeenCalledTimes(2);
  });

  test('mails fail before anything is sent with onUnrecorded: "fail"', async () => {
    const store = faultyStore(() => {
      throw new Error("no such host");
    });
    const [inner, other] = [mock(), mock({ label: "other" })];
    const tracker = createTracker({ store, onUnrecorded: "fail" });
    const mailer = createMailer({ transport: failover([tracker.transport(inner), other]) });
    await expect(mailer.send(hello)).rejects.toMatchObject({
      code: "unavailable",
      scope: "message",
      delivery: "not_sent",
      retryable: true,
      hint: expect.stringContaining("onUnrecorded"),
    });
    expect([...inner.sent, ...other.sent]).toEqual([]);
  });
});

describe("a store that hangs", () => {
  test("holds a mail up for two seconds before and after, and no longer", async () => {
    vi.useFakeTimers();
    try {
      const answer = Promise.withResolvers<void>();
      const tracker = createTracker({ store: faultyStore(() => answer.promise) });
      const inner = mock();
      const sending = createMailer({ transport: tracker.transport(inner) }).send(hello);
      await vi.advanceTimersByTimeAsync(1_999);
      expect(inner.sent).toHaveLength(0);
      await vi.advanceTimersByTimeAsync(1);
      expect(inner.sent).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(2_000);
      const { id } = await sending;
      answer.resolve();
      await tracker.close();
      expect(await tracker.status(id)).toMatchObject({ recipients: [{ state: "sent" }] });
    } finally {
      vi.useRealTimers();
    }
  });

  test("does not keep a send from being aborted", async () => {
    const tracker = createTracker({ store: faultyStore(() => new Promise(() => undefined)) });
    const inner = mock();
    const controller = new AbortController();
    const mailer = createMailer({ transport: tracker.transport(inner) });
    const sending = mailer.send(hello, { signal: controller.signal });
    controller.abort();
    await expect(sending).rejects.toMatchObject({ code: "aborted", delivery: "not_sent" });
    expect(inner.sent).toEqual([]);
  });
});
