import {
  createMailer,
  failover,
  MailError,
  memoryStore,
  once,
  retry,
  type Store,
  type TrackingStore,
  type Transport,
} from "@mail/core";
import { mock } from "@mail/mock";
import { describe, expect, test, vi } from "vitest";
import { createTracker } from "./create-tracker.ts";
import { faultyStore, mailEvent } from "./tracker.fixture.ts";

const hello = { from: "hello@acme.example", to: "ada@example.com", subject: "Hi", text: "Hello", tags: ["welcome"] };

const noSuchUser = new MailError("550 5.1.1 no such user", {
  code: "recipient_rejected",
  response: { smtpCode: 550, enhancedCode: "5.1.1", text: "550 5.1.1 no such user" },
});

function trackingOf(store: Store): TrackingStore {
  return store.tracking as TrackingStore;
}

/** An SMTP server that refuses some of a mail's recipients. */
function refusing(errors: Readonly<Record<string, MailError>>): Transport {
  return {
    name: "smtp",
    features: { fields: ["envelope"], envelopeRecipients: true },
    send: async ({ envelope, messageId }) => ({
      status: "sent",
      messageId,
      accepted: envelope.to.filter((address) => errors[address] === undefined),
      rejected: envelope.to.flatMap((address) => {
        const error = errors[address];
        return error === undefined ? [] : [{ address, error }];
      }),
    }),
  };
}

describe("a mail that is sent", () => {
  test("is recorded before, with all that is known of it, and gets what the receipt adds", async () => {
    const store = memoryStore();
    const tracker = createTracker({ store });
    const inner = mock();
    let before: unknown;
    const looking: Transport = {
      ...inner,
      async send(mail, context) {
        before = await trackingOf(store).mail(mail.id);
        return await inner.send(mail, context);
      },
    };
    const mailer = createMailer({ transport: tracker.transport(looking) });
    const receipt = await mailer.send({ ...hello, metadata: { order: "7" } });
    const recorded = {
      id: receipt.id,
      transport: "mock",
      recipients: ["ada@example.com"],
      subject: "Hi",
      tags: ["welcome"],
      metadata: { order: "7" },
      messageId: receipt.messageId,
    };
    expect(before).toMatchObject(recorded);
    expect(before).not.toHaveProperty("providerId");
    expect(await tracker.status(receipt.id)).toMatchObject({
      mail: { ...recorded, providerId: receipt.providerId },
      recipients: [{ recipient: "ada@example.com", state: "sent" }],
    });
    expect(await tracker.timeline(receipt.id)).toMatchObject([
      { type: "sent", provider: "transport", recipient: "ada@example.com", tags: ["welcome"], transport: "mock" },
    ]);
  });

  test("is known by the transport of a group that took it", async () => {
    const tracker = createTracker();
    const [down, up] = [mock({ label: "down" }), mock({ label: "up" })];
    down.failNext("connection");
    const mailer = createMailer({ transport: tracker.transport(failover([down, up])) });
    const { id } = await mailer.send(hello);
    expect(await tracker.status(id)).toMatchObject({ mail: { transport: "up" }, recipients: [{ state: "sent" }] });
    const [sent] = await tracker.timeline(id);
    expect(sent?.raw).toMatchObject({
      attempts: [{ transport: "down", error: { code: "connection" } }, { transport: "up" }],
    });
  });

  test("may fail at one transport and be sent by the next, whichever of them are tracked", async () => {
    const tracker = createTracker();
    const [down, up] = [mock({ label: "down" }), mock({ label: "up" })];
    down.failNext("authentication");
    const mailer = createMailer({ transport: failover([tracker.transport(down), tracker.transport(up)]) });
    const { id } = await mailer.send(hello);
    expect(await tracker.status(id)).toMatchObject({ mail: { transport: "up" }, recipients: [{ state: "sent" }] });
    expect((await tracker.timeline(id)).map(({ type }) => type)).toEqual(["failed", "sent"]);
  });

  test("is counted once however often a retry around the tracker tries", async () => {
    const tracker = createTracker();
    const inner = mock();
    inner.failNext("unavailable", 2);
    const mailer = createMailer({ transport: retry(tracker.transport(inner), { backoff: { initialMs: 1 } }) });
    const { id } = await mailer.send(hello);
    expect((await tracker.timeline(id)).map(({ type }) => type)).toEqual(["failed", "sent"]);
    const { total } = await tracker.stats({ since: new Date(0) });
    expect(total).toMatchObject({ sent: 1, failed: 1 });
  });

  test("is joined by events that came before it was recorded", async () => {
    const tracker = createTracker();
    const { mailId: _, ...early } = mailEvent({ type: "delivered", providerId: "p-1" });
    await tracker.add([early]);
    const inner: Transport = {
      name: "api",
      features: { fields: [] },
      send: async ({ envelope }) => ({ status: "sent", providerId: "p-1", accepted: envelope.to, rejected: [] }),
    };
    const { id } = await createMailer({ transport: tracker.transport(inner) }).send(hello);
    expect(await tracker.status(id)).toMatchObject({ recipients: [{ state: "delivered" }] });
  });

  test("is queued where that is what the receipt says", async () => {
    const tracker = createTracker();
    const queue: Transport = {
      name: "queue",
      features: { fields: [] },
      send: async ({ envelope }) => ({ status: "queued", accepted: envelope.to, rejected: [] }),
    };
    const { id } = await createMailer({ transport: tracker.transport(queue) }).send(hello);
    expect(await tracker.status(id)).toMatchObject({ recipients: [{ state: "queued" }] });
  });

  test("under a key that was sent already says which mail has it, and counts for nothing", async () => {
    const tracker = createTracker();
    const mailer = createMailer({ transport: tracker.transport(once(mock())) });
    const first = await mailer.send({ ...hello, idempotencyKey: "k" });
    const messages: string[] = [];
    mailer.on("sending", ({ id }) => {
      messages.push(id);
    });
    await mailer.send({ ...hello, idempotencyKey: "k" });
    const second = messages[0] as string;
    expect(second).not.toBe(first.id);
    expect(await tracker.timeline(second)).toMatchObject([{ type: "unknown", detail: `duplicate of ${first.id}` }]);
    expect((await tracker.stats({ since: new Date(0) })).total.sent).toBe(1);
  });
});

describe("recipients who are refused at once", () => {
  test("are bounced, for good only where the address is dead, and then suppressed", async () => {
    const tracker = createTracker();
    const transport = refusing({
      "gone@example.com": noSuchUser,
      "full@example.com": new MailError("552 5.2.2 full", {
        code: "recipient_rejected",
        response: { smtpCode: 552, enhancedCode: "5.2.2", text: "552 5.2.2 full" },
      }),
      "spam@example.com": new MailError("550 5.7.1 blocked", {
        code: "policy_rejected",
        response: { smtpCode: 550, enhancedCode: "5.7.1", text: "550 5.7.1 blocked" },
      }),
      "busy@example.com": new MailError("451 4.2.1 busy", {
        code: "recipient_rejected",
        retryable: true,
        response: { smtpCode: 451, enhancedCode: "4.2.1", text: "451 4.2.1 busy" },
      }),
    });
    const mailer = createMailer({ transport: tracker.transport(transport) });
    const names = ["ada", "gone", "full", "spam", "busy"].map((name) => `${name}@example.com`);
    const { id } = await mailer.send({ ...hello, to: names });
    const status = await tracker.status(id);
    expect(status?.recipients).toMatchObject([
      { recipient: "ada@example.com", state: "sent" },
      { recipient: "gone@example.com", state: "bounced", reason: "invalid", permanent: true },
      { recipient: "full@example.com", state: "bounced", reason: "other" },
      { recipient: "spam@example.com", state: "rejected", reason: "blocked" },
      { recipient: "busy@example.com", state: "failed" },
    ]);
    expect(status?.recipients[2]).not.toHaveProperty("permanent", true);
    const suppressed = await tracker.suppressions.find(names, { tags: [] });
    expect(suppressed).toMatchObject([{ address: "gone@example.com", reason: "bounced" }]);
    const events = await tracker.timeline(id);
    expect(events.find(({ recipient }) => recipient === "gone@example.com")).toMatchObject({
      detail: "recipient_rejected",
      response: "550 5.1.1 no such user",
      raw: { code: "recipient_rejected" },
    });
  });

  test("are told by the error where there is one recipient", async () => {
    const tracker = createTracker();
    const inner = mock();
    inner.failNext(noSuchUser);
    const mailer = createMailer({ transport: tracker.transport(inner) });
    await expect(mailer.send(hello)).rejects.toMatchObject({ code: "recipient_rejected" });
    expect(await tracker.suppressions.find(["ada@example.com"], { tags: [] })).toHaveLength(1);
  });

  test("are not condemned by an error that may be about another one", async () => {
    const tracker = createTracker();
    const inner = mock();
    inner.failNext(noSuchUser);
    const mailer = createMailer({ transport: tracker.transport(inner) });
    await expect(mailer.send({ ...hello, to: ["ada@example.com", "bob@example.com"] })).rejects.toThrow();
    expect(await tracker.suppressions.find(["ada@example.com", "bob@example.com"], { tags: [] })).toEqual([]);
    const { events } = await tracker.recent({ type: "bounced" });
    expect(events.map(({ permanent }) => permanent)).toEqual([false, false]);
  });

  test("are told of a sender that is refused nothing of their own", async () => {
    const tracker = createTracker();
    const inner = mock();
    inner.failNext(
      new MailError("550 5.1.8 bad sender", { code: "recipient_rejected", response: { enhancedCode: "5.1.8" } }),
    );
    await expect(createMailer({ transport: tracker.transport(inner) }).send(hello)).rejects.toThrow();
    expect(await tracker.suppressions.find(["ada@example.com"], { tags: [] })).toEqual([]);
  });
});

test("what may have gone out in spite of an error is unknown, and not failed", async () => {
  const tracker = createTracker();
  const inner = mock();
  inner.failNext(new MailError("connection lost after the mail", { code: "connection", delivery: "unknown" }));
  await expect(createMailer({ transport: tracker.transport(inner) }).send(hello)).rejects.toThrow();
  const { events } = await tracker.recent();
  expect(events).toMatchObject([{ type: "unknown", detail: "connection" }]);
});

describe("a batch", () => {
  test("is one mail for each recipient, with what became of it", async () => {
    const store = memoryStore();
    const tracker = createTracker({ store });
    const inner = mock();
    inner.failWhen(({ to }) => to[0]?.address === "gone@example.com", noSuchUser);
    const mailer = createMailer({ transport: tracker.transport(inner) });
    const run = mailer.sendBulk({ from: "hello@acme.example", subject: "Hi {{name}}", text: "Hello", tags: ["news"] }, [
      { to: "ada@example.com", data: { name: "Ada" }, metadata: { n: "1" } },
      { to: "gone@example.com", data: { name: "Gone" } },
    ]);
    const ids: string[] = [];
    for await (const outcome of run) if (outcome.ok) ids.push(outcome.receipt.id);
    expect(await tracker.status(ids[0] as string)).toMatchObject({
      mail: {
        subject: "Hi Ada",
        recipients: ["ada@example.com"],
        tags: ["news"],
        metadata: { n: "1" },
        providerId: `mock-${ids[0]}`,
      },
      recipients: [{ state: "sent" }],
    });
    const { total } = await tracker.stats({ since: new Date(0) });
    expect(total).toMatchObject({ sent: 1, bounced: 1, hardBounced: 1 });
    expect(await tracker.suppressions.find(["gone@example.com"], { tags: [] })).toHaveLength(1);
  });

  test("is not sent where it must be recorded and cannot", async () => {
    const store = faultyStore(() => {
      throw new MailError("away", { code: "unavailable" });
    });
    const tracker = createTracker({ store, onUnrecorded: "fail" });
    const inner = mock();
    const run = createMailer({ transport: tracker.transport(inner) }).sendBulk({ ...hello, to: undefined } as never, [
      { to: "ada@example.com" },
    ]);
    const outcomes = [];
    for await (const outcome of run) outcomes.push(outcome);
    expect(outcomes).toMatchObject([{ ok: false, error: { code: "unavailable", delivery: "not_sent" } }]);
    expect(inner.sent).toEqual([]);
  });
});

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

test("a tracked transport is otherwise the one inside it", async () => {
  const inner = mock({ label: "main" });
  const tracked = createTracker().transport(inner);
  expect(tracked).toMatchObject({ name: "mock", label: "main", features: inner.features });
  expect(createTracker().transport(retry(inner)).retries).toBe(true);
  await expect(createMailer({ transport: tracked }).verify()).resolves.toBeUndefined();
  const alone = createTracker().transport(mock({ features: { batch: undefined } }));
  expect(alone.sendBatch).toBeUndefined();
});

test("what is no transport is refused", () => {
  expect(() => createTracker().transport({} as never)).toThrow(
    expect.objectContaining({ code: "configuration", field: "transport" }),
  );
});

describe("one-click unsubscribe", () => {
  const unsubscribe = { url: "https://app.example/unsubscribe", secret: "0123456789abcdef0123456789abcdef" };

  test("goes from the mail's own link to the list, the timeline and the numbers", async () => {
    const tracker = createTracker({ unsubscribe });
    const inner = mock();
    const mailer = createMailer({ transport: tracker.transport(inner), suppressions: tracker.suppressions });
    const mail = { ...hello, unsubscribe: { url: tracker.unsubscribe.url() } };
    const { id } = await mailer.send(mail);
    const link = /<(https:[^>]+)>/.exec(inner.last?.headers["List-Unsubscribe"] ?? "")?.[1] ?? "";
    const body = new URLSearchParams({ "List-Unsubscribe": "One-Click" });
    expect((await tracker.unsubscribe(new Request(link, { method: "POST", body }))).status).toBe(200);
    expect(await tracker.status(id)).toMatchObject({ recipients: [{ state: "unsubscribed" }] });
    expect((await tracker.stats({ since: new Date(0) })).total).toMatchObject({ sent: 1, unsubscribed: 1 });
    await expect(mailer.send(mail)).rejects.toMatchObject({ code: "suppressed" });
  });

  test("of several recipients in one mail is refused before anything is sent, and by check() too", async () => {
    const tracker = createTracker({ unsubscribe });
    const inner = mock();
    const mailer = createMailer({ transport: tracker.transport(inner) });
    const mail = {
      ...hello,
      to: ["ada@example.com", "bob@example.com"],
      unsubscribe: { url: tracker.unsubscribe.url() },
    };
    await expect(mailer.send(mail)).rejects.toMatchObject({ code: "invalid_message", delivery: "not_sent" });
    expect(await mailer.check(mail)).toMatchObject({ ok: false });
    expect(inner.sent).toEqual([]);
    expect((await tracker.recent()).events).toEqual([]);
  });

  test("is each recipient's own in a mail merge", async () => {
    const tracker = createTracker({ unsubscribe });
    const inner = mock();
    const mailer = createMailer({ transport: tracker.transport(inner) });
    const url = tracker.unsubscribe.url();
    await mailer.sendBulk({ from: "hello@acme.example", subject: "Hi", text: "Hello", unsubscribe: { url } }, [
      { to: "ada@example.com" },
      { to: "bob@example.com" },
    ]);
    const links = inner.sent.map(({ headers }) => headers["List-Unsubscribe"]);
    expect(new Set(links).size).toBe(2);
    expect(links).not.toContain(`<${url}>`);
  });
});
