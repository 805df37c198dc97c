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
import { describe, expect, test } from "vitest";
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
