import {
  createMailer,
  failover,
  MailError,
  type MailErrorOptions,
  type Message,
  retry,
  type Transport,
} from "@mail/core";
import { mock, type SentMail } from "@mail/mock";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { createQueue } from "./create-queue.ts";
import { MemoryEngine } from "./memory-engine.fixture.ts";
import type { QueueOptions } from "./queue.ts";
import type { QueueEventName } from "./queue-events.ts";

const hello = { from: "hello@acme.example", to: "ada@example.com", subject: "Hi", text: "Hello" } as const;
const now = new Date("2026-01-01T12:00:00Z").getTime();

const open = (options: Partial<QueueOptions> = {}) => {
  const engine = (options.engine as MemoryEngine | undefined) ?? new MemoryEngine();
  return { engine, queue: createQueue({ retry: { backoff: { initialMs: 1_000, jitter: 0 } }, ...options, engine }) };
};
/** Fails as told, try by try, then takes the mail. */
const failing = (...errors: readonly MailErrorOptions[]) => {
  const left = [...errors];
  const inner = mock();
  const transport: Transport = {
    ...inner,
    features: inner.features,
    send: (mail, context) => {
      const error = left.shift();
      return error === undefined ? inner.send(mail, context) : Promise.reject(new MailError("no", error));
    },
  };
  return { transport, inner };
};
const failure = async (work: Promise<unknown>) =>
  await work.then(
    () => undefined,
    (error: unknown) => error,
  );

beforeEach(() => void vi.useFakeTimers({ now, toFake: ["Date", "setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

describe("enqueue", () => {
  test("keeps a mail until a worker sends it, as it was written", async () => {
    const { engine, queue } = open();
    const message: Message = {
      ...hello,
      to: ["Ada <ada@example.com>", "bob@bücher.example"],
      bcc: "boss@example.com",
      html: "<p>Grüße</p>",
      headers: { "X-Case": "7" },
      tags: ["invoice"],
      metadata: { order: "9" },
      priority: "high",
      attachments: [{ filename: "a.bin", content: new Uint8Array([0, 255, 13, 10]), contentId: "a" }],
    };
    const { id, duplicate } = await queue.enqueue(message);
    expect(duplicate).toBe(false);
    expect(await queue.status(id)).toMatchObject({ id, state: "queued", priority: "high", tries: 0, attempts: [] });
    const transport = mock();
    queue.work(transport);
    await engine.tick();
    const direct = mock();
    await createMailer({ transport: direct }).send(message);
    const { id: _id, messageId: _messageId, headers: _headers, date: _date, ...same } = direct.last as SentMail;
    expect(transport.last).toMatchObject(same);
    expect(transport.last).toMatchObject({ id });
    expect(await queue.status(id)).toMatchObject({
      state: "sent",
      tries: 1,
      receipt: { id, status: "sent", accepted: ["ada@example.com", "bob@xn--bcher-kva.example", "boss@example.com"] },
      attempts: [{ transport: "mock" }],
    });
  });

  test("refuses what is wrong with a message before anything is kept", async () => {
    const { engine, queue } = open();
    expect(await failure(queue.enqueue({ ...hello, to: "nobody" }))).toMatchObject({
      code: "invalid_recipient",
      field: "to",
    });
    expect(engine.rows.size).toBe(0);
  });

  test.each([
    [{ delayMs: -1 }, "delayMs"],
    [{ sendAt: new Date(Number.NaN) }, "sendAt"],
    [{ delayMs: 1, sendAt: new Date(now) }, "delayMs"],
    [{ priority: "urgent" }, "priority"],
    [{ idempotencyKey: "" }, "idempotencyKey"],
  ])("refuses %o by name", async (options, field) => {
    const { queue } = open();
    expect(await failure(queue.enqueue(hello, options as never))).toMatchObject({ code: "configuration", field });
  });

  test("a time to come is kept by the queue, and no transport sees it", async () => {
    const { engine, queue } = open();
    const transport = mock();
    queue.work(transport);
    const sendAt = new Date(now + 60_000);
    const delayed = await queue.enqueue(hello, { delayMs: 60_000 });
    const timed = await queue.enqueue({ ...hello, sendAt });
    expect((await queue.status(timed.id))?.state).toBe("scheduled");
    await engine.tick();
    expect(transport.sent).toHaveLength(0);
    vi.setSystemTime(now + 60_000);
    await engine.tick();
    expect(transport.sent.map(({ id }) => id).sort()).toEqual([delayed.id, timed.id].sort());
    expect(transport.last).not.toHaveProperty("sendAt");
  });

  test("twice with one key is once, from the message or the options", async () => {
    const { engine, queue } = open();
    const first = await queue.enqueue({ ...hello, idempotencyKey: "k" });
    const second = await queue.enqueue(hello, { idempotencyKey: "k" });
    expect(second).toEqual({ id: first.id, duplicate: true });
    expect(engine.rows.size).toBe(1);
  });

  test("an engine that is away is an error at once, or waited for as long as asked", async () => {
    const away = () => new MailError("no database", { code: "unavailable" });
    const { engine, queue } = open();
    engine.addErrors.push(away());
    expect(await failure(queue.enqueue(hello))).toMatchObject({ code: "unavailable", delivery: "not_sent" });
    const patient = open({ waitMs: 10_000 });
    patient.engine.addErrors.push(away(), away(), away());
    vi.useRealTimers();
    expect((await patient.queue.enqueue(hello)).duplicate).toBe(false);
  });

  test("a mail that is too large for the engine says what to do", async () => {
    const { queue } = open({ engine: new MemoryEngine({ maxPayloadBytes: 500 }) });
    const content = Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 7919) % 251));
    expect(await failure(queue.enqueue({ ...hello, attachments: [{ filename: "a", content }] }))).toMatchObject({
      code: "message_too_large",
      hint: expect.stringContaining("blobs"),
    });
  });
});

describe("enqueueMany", () => {
  test("an array gives an outcome for each, in one round trip", async () => {
    const { engine, queue } = open();
    const outcomes = await queue.enqueueMany([hello, { ...hello, to: "nobody" }, hello]);
    expect(outcomes).toMatchObject([
      { index: 0, ok: true, duplicate: false },
      { index: 1, ok: false, error: { code: "invalid_recipient" } },
      { index: 2, ok: true },
    ]);
    expect(engine.addSizes).toEqual([2]);
  });

  test("a generator is read in parts, and awaited for the numbers", async () => {
    const { engine, queue } = open();
    let read = 0;
    async function* messages(): AsyncGenerator<Message> {
      for (let index = 0; index < 1_200; index++) {
        read++;
        yield { ...hello, ...(index % 2 === 1 && { idempotencyKey: "same" }) };
      }
    }
    const run = queue.enqueueMany(messages());
    expect(read).toBe(0);
    expect(await run).toEqual({ queued: 601, duplicates: 599, failed: 0 });
    expect(engine.addSizes).toEqual([500, 500, 200]);
  });

  test("what was read before the input failed is kept, and the failure told", async () => {
    const { engine, queue } = open();
    function* messages(): Generator<Message> {
      yield hello;
      throw new Error("file ended");
    }
    expect(await failure(Promise.resolve(queue.enqueueMany(messages())))).toMatchObject({ message: "file ended" });
    expect(engine.rows.size).toBe(1);
  });
});

describe("a worker", () => {
  test("tries again after a passing failure, as late as the other side says, with the same ids", async () => {
    const { engine, queue } = open();
    const { transport, inner } = failing({ code: "unavailable" }, { code: "rate_limited", retryAfterMs: 90_000 });
    queue.work(transport);
    const { id } = await queue.enqueue(hello);
    await engine.tick();
    expect(await queue.status(id)).toMatchObject({
      state: "scheduled",
      dueAt: new Date(now + 1_000),
      error: { code: "unavailable" },
    });
    vi.setSystemTime(now + 1_000);
    await engine.tick();
    expect((await queue.status(id))?.dueAt).toEqual(new Date(now + 91_000));
    vi.setSystemTime(now + 91_000);
    await engine.tick();
    expect(inner.last).toMatchObject({ id });
    const status = await queue.status(id);
    expect(status).toMatchObject({ state: "sent", tries: 3, receipt: { attempts: { length: 3 } } });
    expect(status?.attempts.map(({ error }) => error?.code)).toEqual(["unavailable", "rate_limited", undefined]);
  });

  test.each(["recipient_rejected", "invalid_message", "policy_rejected"] as const)(
    "gives up at once after %s, with the reason and every try",
    async (code) => {
      const { engine, queue } = open();
      queue.work(failing({ code }).transport);
      const { id } = await queue.enqueue(hello);
      await engine.tick();
      expect(await queue.deadLetters()).toMatchObject([
        { id, state: "dead", error: { code }, attempts: { length: 1 } },
      ]);
      expect(await queue.mail(id)).toMatchObject({ id, subject: "Hi" });
    },
  );

  test("gives up after so many tries, and a replay has them all again", async () => {
    const { engine, queue } = open({ retry: { attempts: 2, backoff: { initialMs: 0 } } });
    const down = { code: "unavailable" } as const;
    queue.work(failing(down, down, down).transport);
    const { id } = await queue.enqueue(hello);
    await engine.tick();
    await engine.tick();
    expect(await queue.status(id)).toMatchObject({ state: "dead", attempts: { length: 2 } });
    expect(await queue.replay(id)).toBe(true);
    expect(await queue.replay(id)).toBe(false);
    await engine.tick();
    expect((await queue.status(id))?.state).toBe("queued");
    await engine.tick();
    expect(await queue.status(id)).toMatchObject({ state: "sent", attempts: { length: 4 } });
  });

  test.each(["authentication", "configuration"] as const)(
    "pauses the queue at %s instead of burning mails",
    async (code) => {
      const { engine, queue } = open();
      const { transport, inner } = failing({ code });
      const paused = vi.fn();
      queue.on("paused", paused);
      queue.work(transport);
      const { id } = await queue.enqueue(hello);
      await engine.tick();
      expect(paused).toHaveBeenCalledWith({ reason: expect.stringContaining(code), error: expect.any(MailError) });
      expect(await queue.stats()).toMatchObject({ pausedBy: expect.stringContaining(code), dead: 0 });
      expect(await queue.status(id)).toMatchObject({ tries: 0, error: { code } });
      await queue.resume();
      vi.setSystemTime(now + 5_000);
      await engine.tick();
      expect(inner.sent).toHaveLength(1);
    },
  );

  test("an unknown outcome is held and reported, until somebody settles it", async () => {
    const unknown = { code: "connection", delivery: "unknown" } as const;
    const { engine, queue } = open();
    const { transport } = failing(unknown, unknown);
    queue.work(transport);
    const reported = vi.fn();
    queue.on("unknown", reported);
    const [a, b] = await Promise.all([queue.enqueue(hello), queue.enqueue(hello)]);
    await engine.tick();
    expect(reported).toHaveBeenCalledTimes(2);
    expect((await queue.list({ state: "unknown" })).map(({ id }) => id).sort()).toEqual([a.id, b.id].sort());
    expect(await queue.settle(a.id, "sent")).toBe(true);
    expect(await queue.settle(b.id, "not_sent")).toBe(true);
    expect(await queue.settle(a.id, "sent")).toBe(false);
    await engine.tick();
    expect((await queue.status(a.id))?.state).toBe("sent");
    expect((await queue.status(b.id))?.state).toBe("sent");
  });

  test("an unknown outcome is sent again where the app asked for it", async () => {
    const { engine, queue } = open({ onUnknown: "retry" });
    const { transport, inner } = failing({ code: "connection", delivery: "unknown" });
    queue.work(transport);
    const { id } = await queue.enqueue(hello);
    await engine.tick();
    vi.setSystemTime(now + 1_000);
    await engine.tick();
    expect(inner.last).toMatchObject({ id });
    expect((await queue.status(id))?.state).toBe("sent");
  });

  test("a mail whose worker crashed is held as unknown, or sent again with the same ids", async () => {
    for (const onUnknown of ["hold", "retry"] as const) {
      const { engine, queue } = open({ onUnknown });
      const transport = mock();
      queue.work(transport);
      const { id } = await queue.enqueue(hello);
      engine.interrupt(id);
      await engine.tick();
      expect((await queue.status(id))?.state).toBe(onUnknown === "hold" ? "unknown" : "sent");
      expect(transport.sent).toHaveLength(onUnknown === "hold" ? 0 : 1);
      expect((await queue.status(id))?.attempts[0]?.error).toMatchObject({ code: "unknown", delivery: "unknown" });
    }
  });

  test("a mail that ends its worker each time is not sent for ever", async () => {
    const { engine, queue } = open({ onUnknown: "retry", retry: { attempts: 3, backoff: { initialMs: 0 } } });
    const { transport, inner } = failing({ code: "unavailable" });
    queue.work(transport);
    const { id } = await queue.enqueue(hello);
    for (let crash = 0; crash < 2; crash++) {
      engine.interrupt(id);
      await engine.tick();
    }
    expect(await queue.status(id)).toMatchObject({ state: "unknown", attempts: { length: 3 } });
    expect(inner.sent).toHaveLength(0);
  });

  test("only those are tried again who were put off", async () => {
    const asked: (readonly string[])[] = [];
    const busy = new MailError("busy", { code: "recipient_rejected", retryable: true });
    const gone = new MailError("gone", { code: "recipient_rejected" });
    const transport: Transport = {
      name: "relay",
      features: { fields: [], envelopeRecipients: true },
      async send({ envelope: { to } }) {
        asked.push(to);
        const rejected =
          asked.length > 1
            ? []
            : [
                { address: "bob@x.example", error: busy },
                { address: "cy@x.example", error: gone },
              ];
        const refused = rejected.map(({ address }) => address);
        return { status: "sent", accepted: to.filter((address) => !refused.includes(address)), rejected };
      },
    };
    const { engine, queue } = open();
    queue.work(transport);
    const { id } = await queue.enqueue({ ...hello, to: ["ada@x.example", "bob@x.example", "cy@x.example"] });
    await engine.tick();
    expect((await queue.status(id))?.state).toBe("scheduled");
    vi.setSystemTime(now + 1_000);
    await engine.tick();
    expect(asked[1]).toEqual(["bob@x.example"]);
    expect(await queue.status(id)).toMatchObject({
      state: "sent",
      receipt: { accepted: ["ada@x.example", "bob@x.example"], rejected: [{ address: "cy@x.example" }] },
    });
  });

  test("what was suppressed meanwhile, or cannot be carried, is not sent", async () => {
    const { engine, queue } = open();
    const plain: Transport = {
      ...mock(),
      name: "plain",
      features: { fields: [] },
      send: () => Promise.reject(new Error("asked")),
    };
    queue.work(plain, { suppressions: { find: async () => [{ address: "ada@example.com", reason: "bounced" }] } });
    const suppressed = await queue.enqueue(hello);
    const amp = await queue.enqueue({ ...hello, to: "bob@example.com", html: "<p>", amp: "<html>" });
    await engine.tick();
    expect(await queue.status(suppressed.id)).toMatchObject({ state: "dead", error: { code: "suppressed" } });
    expect(await queue.status(amp.id)).toMatchObject({ state: "dead", error: { code: "unsupported", field: "amp" } });
  });

  test("a mail that may go to suppressed addresses does, whichever way it came into the queue", async () => {
    const { engine, queue } = open();
    const transport = mock();
    const suppressions = { find: async () => [{ address: "ada@example.com", reason: "complained" }] };
    const mailer = createMailer({ transport: queue.transport(), suppressions });
    queue.work(transport, { suppressions });
    await queue.enqueue(hello, { suppressions: "ignore" });
    await queue.enqueueMany([hello], { suppressions: "ignore" });
    await mailer.send(hello, { suppressions: "ignore" });
    const { to, ...template } = hello;
    await mailer.sendBulk(template, [{ to }], { suppressions: "ignore" });
    const applied = await queue.enqueue(hello, { suppressions: "apply" });
    await engine.tick();
    expect(transport.sent).toHaveLength(4);
    expect(await queue.status(applied.id)).toMatchObject({ state: "dead", error: { code: "suppressed" } });
  });

  test("a damaged mail is given up with the reason, and the others go on", async () => {
    const { engine, queue } = open();
    const transport = mock();
    queue.work(transport);
    const bad = await queue.enqueue(hello);
    await queue.enqueue(hello);
    engine.damage(bad.id, Buffer.from("rubbish"));
    await engine.tick();
    expect(await queue.status(bad.id)).toMatchObject({
      state: "dead",
      error: { code: "invalid_message", field: "payload" },
    });
    expect(transport.sent).toHaveLength(1);
  });

  test("close waits for mails in hand, and after timeoutMs gives back what surely was not sent", async () => {
    const { engine, queue } = open();
    const hanging: Transport = {
      ...mock(),
      name: "hanging",
      features: { fields: [] },
      send: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new MailError("stopped", { code: "aborted" })));
        }),
    };
    const worker = queue.work(hanging);
    const { id } = await queue.enqueue(hello);
    engine.take();
    const closing = worker.close({ timeoutMs: 500 });
    await vi.advanceTimersByTimeAsync(500);
    await closing;
    expect(await queue.status(id)).toMatchObject({ state: "queued", tries: 0 });
  });

  test("warns where a transport that retries would multiply the tries", () => {
    const warned = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
    onTestFinished(() => warned.mockRestore());
    const { queue } = open();
    queue.work(mock());
    queue.work(failover([mock()]));
    expect(warned).not.toHaveBeenCalled();
    queue.work(failover([retry(mock())]));
    expect(warned).toHaveBeenCalledOnce();
  });

  test("tells what happens, and a handler that fails changes nothing", async () => {
    const { engine, queue } = open();
    const events: QueueEventName[] = [];
    for (const name of ["enqueued", "sending", "sent", "retrying", "dead", "progress"] as const) {
      queue.on(name, () => {
        events.push(name);
        throw new Error("broken");
      });
    }
    queue.work(failing({ code: "unavailable" }).transport);
    const { id } = await queue.enqueue(hello);
    await engine.tick();
    vi.setSystemTime(now + 1_000);
    await engine.tick();
    expect(events).toEqual(["enqueued", "sending", "retrying", "progress", "sending", "sent", "progress"]);
    expect((await queue.status(id))?.state).toBe("sent");
  });
});

describe("cancel", () => {
  test("takes a mail back that waits, and no other", async () => {
    const { engine, queue } = open();
    const transport = mock();
    queue.work(transport);
    const later = await queue.enqueue(hello, { delayMs: 1_000 });
    const soon = await queue.enqueue(hello);
    expect(await queue.cancel(later.id)).toBe(true);
    await engine.tick();
    expect(await queue.cancel(soon.id)).toBe(false);
    expect(await queue.cancel("nobody")).toBe(false);
    vi.setSystemTime(now + 1_000);
    await engine.tick();
    expect(transport.sent).toHaveLength(1);
    expect(await queue.stats()).toMatchObject({ cancelled: 1, sent: 1 });
  });
});

describe("the queue as a transport", () => {
  test("takes a mailer from direct to queued by changing one entry", async () => {
    const { engine, queue } = open();
    const direct = mock();
    const mailer = createMailer({
      use: "queued",
      transports: { direct: () => direct, queued: () => queue.transport() },
    });
    const receipt = await mailer.send({ ...hello, idempotencyKey: "k" });
    expect(receipt).toMatchObject({ status: "queued", transport: "queued", accepted: ["ada@example.com"] });
    expect((await mailer.send({ ...hello, idempotencyKey: "k" })).id).toBe(receipt.id);
    queue.work(direct);
    await engine.tick();
    expect(direct.last).toMatchObject({ id: receipt.id });
  });

  test("keeps a mail merge in few round trips", async () => {
    const { engine, queue } = open();
    const mailer = createMailer({ transport: queue.transport() });
    const recipients = Array.from({ length: 700 }, (_, index) => ({ to: `u${index}@example.com`, data: { n: index } }));
    const { to: _, ...template } = hello;
    expect(await mailer.sendBulk({ ...template, subject: "Nr {{n}}" }, recipients)).toEqual({
      sent: 0,
      queued: 700,
      failed: 0,
    });
    expect([...engine.addSizes].sort()).toEqual([200, 500]);
    const transport = mock();
    queue.work(transport);
    await engine.tick();
    expect(new Set(transport.sent.map(({ subject }) => subject)).size).toBe(700);
  });

  test("carries a schedule for transports that have none, and refuses what they cannot carry", async () => {
    const { queue } = open();
    const features = { fields: [], scheduleMs: 5 };
    const mailer = createMailer({ transport: queue.transport({ features }) });
    const receipt = await mailer.send({ ...hello, sendAt: new Date(now + 1_000_000) });
    expect((await queue.status(receipt.id))?.state).toBe("scheduled");
    expect(await failure(mailer.send({ ...hello, html: "<p>", amp: "<html>" }))).toMatchObject({ code: "unsupported" });
  });
});

test("a closed queue refuses, and closes its engine once", async () => {
  const { engine, queue } = open();
  queue.work(mock());
  await Promise.all([queue.close(), queue.close()]);
  expect(engine.closed).toBe(1);
  expect(await failure(queue.enqueue(hello))).toMatchObject({ code: "configuration", field: "queue" });
});

test.each([
  [{}, "engine"],
  [{ engine: {} }, "engine"],
  [{ engine: new MemoryEngine(), onUnknown: "drop" }, "onUnknown"],
  [{ engine: new MemoryEngine(), retry: { tries: 3 } }, "retry.tries"],
  [{ engine: new MemoryEngine(), retry: { backoff: { jitter: 2 } } }, "retry.backoff.jitter"],
  [{ engine: new MemoryEngine(), encryption: { keys: { a: new Uint8Array(3) }, current: "a" } }, "encryption.keys.a"],
  [{ engine: new MemoryEngine(), encryption: { keys: {}, current: "a" } }, "encryption.current"],
])("createQueue refuses %o by name", (options, field) => {
  expect(() => createQueue(options as never)).toThrow(expect.objectContaining({ code: "configuration", field }));
});
