import { createMailer, MailError, type MailErrorOptions, type Message, retry } from "@mail/core";
import { mock } from "@mail/mock";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createQueue } from "./create-queue.ts";
import type { AddedJob, NewJob } from "./job.ts";
import { MemoryEngine } from "./memory-engine.fixture.ts";
import type { BlobStore } from "./payload/blob-store.ts";
import type { QueueOptions } from "./queue.ts";

const hello = { from: "hello@acme.example", to: "ada@example.com", subject: "Hi", text: "Hello" } as const;
const withFile: Message = { ...hello, attachments: [{ filename: "a.txt", content: "content" }] };

/** Keeps what it is told to keep, and then fails as told. */
class ForgetfulEngine extends MemoryEngine {
  /** What becomes of each `add`: it fails before or after mails were kept, and with what. */
  readonly script: { readonly keeps: boolean; readonly error: MailErrorOptions }[] = [];
  readonly added: Promise<void>;
  readonly #onAdded: () => void;

  constructor() {
    super();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.added = promise;
    this.#onAdded = resolve;
  }

  override async add(jobs: readonly NewJob[]): Promise<readonly AddedJob[]> {
    const step = this.script.shift();
    if (step?.keeps === false) throw new MailError("away", step.error);
    const known = new Set(this.rows.keys());
    const added = await super.add(jobs);
    this.#onAdded();
    if (step !== undefined) throw new MailError("answer lost", step.error);
    // As engines may say of a mail that they have already.
    return added.map(({ id, duplicate }) => ({ id, duplicate: duplicate || known.has(id) }));
  }
}

function memoryBlobs() {
  const kept = new Map<string, Uint8Array>();
  const store: BlobStore = {
    async put(name, content) {
      for await (const chunk of content) kept.set(name, chunk);
    },
    async *get(name) {
      const content = kept.get(name);
      if (content === undefined) throw new Error("gone");
      yield content;
    },
    async delete(names) {
      for (const name of names) kept.delete(name);
    },
  };
  return { store, kept };
}

function open(options: Partial<QueueOptions> = {}) {
  const engine = new ForgetfulEngine();
  const { store, kept } = memoryBlobs();
  return { engine, kept, queue: createQueue({ engine, blobs: store, blobFromBytes: 1, ...options }) };
}

const unsure: MailErrorOptions = { code: "unavailable", delivery: "unknown" };
const away: MailErrorOptions = { code: "unavailable" };
const failure = async (work: PromiseLike<unknown>) =>
  await work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe("attachments of a mail", () => {
  test("stay where it was kept, the answer lost, and it was asked for again", async () => {
    const { engine, queue, kept } = open({ waitMs: 5_000 });
    engine.script.push({ keeps: true, error: unsure });
    const { id, duplicate } = await queue.enqueue(withFile);
    expect(duplicate).toBe(false);
    expect(kept.size).toBe(1);
    const transport = mock();
    queue.work(transport);
    await engine.tick();
    expect(transport.last).toMatchObject({ id, attachments: [{ filename: "a.txt" }] });
  });

  test("stay where a second try of the same mail fails", async () => {
    const { engine, queue } = open();
    engine.script.push({ keeps: true, error: unsure }, { keeps: false, error: away });
    const patient = retry(queue.transport(), { attempts: 2, backoff: { initialMs: 0 }, onUnknown: "retry" });
    const mailer = createMailer({ transport: patient });
    expect(await failure(mailer.send(withFile))).toMatchObject({ code: "unavailable", delivery: "unknown" });
    const transport = mock();
    queue.work(transport);
    await engine.tick();
    expect(await queue.stats()).toMatchObject({ sent: 1, dead: 0 });
    expect(Buffer.from(transport.last?.attachments[0]?.content ?? []).toString()).toBe("content");
  });

  test("go with a mail that was not kept, that is a duplicate, or that is cancelled", async () => {
    const { engine, queue, kept } = open();
    engine.script.push({ keeps: false, error: away });
    expect(await failure(queue.enqueue(withFile))).toMatchObject({ delivery: "not_sent" });
    expect(kept.size).toBe(0);
    const { id } = await queue.enqueue(withFile, { idempotencyKey: "k" });
    expect(await queue.enqueue(withFile, { idempotencyKey: "k" })).toEqual({ id, duplicate: true });
    expect(kept.size).toBe(1);
    expect(await queue.cancel(id)).toBe(true);
    expect(kept.size).toBe(0);
  });
});

describe("a caller who stops waiting", () => {
  test("while the engine is away hears that nothing was kept", async () => {
    const { engine, queue, kept } = open({ waitMs: 600_000 });
    engine.script.push(...Array.from({ length: 50 }, () => ({ keeps: false, error: away })));
    const mailer = createMailer({ transport: queue.transport() });
    const error = await failure(mailer.send(withFile, { timeoutMs: 100 }));
    expect(error).toMatchObject({ code: "timeout", delivery: "not_sent" });
    expect(engine.rows.size + kept.size).toBe(0);
  });

  test("after an answer was lost hears that it may be kept", async () => {
    const { engine, queue, kept } = open({ waitMs: 600_000 });
    engine.script.push({ keeps: true, error: unsure });
    engine.script.push(...Array.from({ length: 50 }, () => ({ keeps: false, error: away })));
    const mailer = createMailer({ transport: queue.transport() });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const sending = failure(mailer.send(withFile, { timeoutMs: 100 }));
    await engine.added;
    await vi.advanceTimersByTimeAsync(100);
    expect(await sending).toMatchObject({ code: "timeout", delivery: "unknown" });
    expect(kept.size).toBe(1);
  });

  test("while an attachment is read keeps nothing", async () => {
    const { engine, queue } = open();
    const endless = new ReadableStream<Uint8Array>({});
    const mailer = createMailer({ transport: queue.transport() });
    const message = { ...hello, attachments: [{ filename: "a", content: endless }] };
    const error = await failure(mailer.send(message, { timeoutMs: 50 }));
    expect(error).toMatchObject({ code: "timeout", delivery: "not_sent" });
    expect(engine.rows.size).toBe(0);
  });
});

describe("many messages", () => {
  test("of a slow input are kept before the next one comes", async () => {
    const { engine, queue } = open();
    async function* slow(): AsyncGenerator<Message> {
      yield hello;
      await engine.added;
      yield hello;
    }
    expect(await queue.enqueueMany(slow())).toEqual({ queued: 2, duplicates: 0, failed: 0 });
    expect(engine.addSizes).toEqual([1, 1]);
  });

  test("of a slow input are told of before the next one comes", async () => {
    const { queue } = open();
    const heard = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<Message> {
      yield hello;
      await heard.promise;
      yield hello;
    }
    const indexes: number[] = [];
    for await (const { index } of queue.enqueueMany(slow())) {
      indexes.push(index);
      heard.resolve();
    }
    expect(indexes).toEqual([0, 1]);
  });

  test("that were read are kept when the caller leaves, and the input is closed", async () => {
    const { engine, queue } = open();
    let isClosed = false;
    function* endless(): Generator<Message> {
      try {
        while (true) yield hello;
      } finally {
        isClosed = true;
      }
    }
    for await (const outcome of queue.enqueueMany(endless())) if (outcome.ok) break;
    expect(isClosed).toBe(true);
    expect(engine.rows.size).toBe(1_000);
    expect(engine.addSizes).toEqual([500, 500]);
  });

  test("are left by a caller whose slow input never gives another", async () => {
    const { engine, queue } = open();
    async function* slow(): AsyncGenerator<Message> {
      yield hello;
      await new Promise(() => undefined);
    }
    for await (const outcome of queue.enqueueMany(slow())) if (outcome.ok) break;
    expect(engine.rows.size).toBe(1);
  });
});

test("a mail for later bears the date on which it goes out", async () => {
  const { engine, queue } = open();
  const transport = mock();
  queue.work(transport);
  const { id } = await queue.enqueue(hello, { delayMs: 86_400_000 });
  const { dueAt } = (await queue.status(id)) ?? {};
  engine.bringForward(id);
  await engine.tick();
  expect(transport.last?.date).toEqual(dueAt);
});

test("a key is remembered until its mail was due, and for as long as stated afterwards", async () => {
  const { engine, queue } = open({ keyMs: 1_000 });
  await queue.enqueue(hello, { idempotencyKey: "k", delayMs: 60_000 });
  expect(engine.keyMs.get("k")).toBe(61_000);
});

test("each recipient of a mail merge has a key of their own", async () => {
  const { queue } = open();
  const mailer = createMailer({ transport: queue.transport() });
  const recipients = ["a", "b", "a"].map((name) => ({ to: `${name}@x.example`, data: {}, idempotencyKey: name }));
  const { to: _, ...template } = hello;
  expect(await mailer.sendBulk(template, recipients)).toEqual({ sent: 0, queued: 3, failed: 0 });
  expect(await queue.stats()).toMatchObject({ queued: 2 });
});

describe("options", () => {
  const { queue } = open();
  const { queue: other } = open();
  const worker = other.work(mock());

  test.each([
    ["delay", () => queue.enqueue(hello, { delay: 5 } as never)],
    ["delayMs", () => queue.enqueue(hello, { delayMs: "5" } as never)],
    ["idempotencyKey", () => queue.enqueue(hello, { idempotencyKey: "k".repeat(256) })],
    ["idempotencyKey", async () => queue.enqueueMany([hello], { idempotencyKey: "k" } as never)],
    ["messages", async () => queue.enqueueMany(hello as never)],
    ["feature", async () => queue.transport({ feature: {} } as never)],
    ["transport", async () => queue.work(undefined as never)],
    ["concurrent", async () => queue.work(mock(), { concurrent: 1 } as never)],
    ["state", () => queue.list({ state: "lost" } as never)],
    ["state", () => queue.list({} as never)],
    ["limit", () => queue.list({ state: "dead", limit: 0 })],
    ["state", async () => queue.deadLetters({ state: "sent" } as never)],
    ["outcome", () => queue.settle("id", "delivered" as never)],
    ["timeout", () => worker.close({ timeout: 5 } as never)],
    ["timeoutMs", () => worker.close({ timeoutMs: Number.POSITIVE_INFINITY })],
    ["timeout", () => queue.close({ timeout: 5 } as never)],
  ])("refuse %s by name", async (field, call) => {
    expect(await failure((async () => call())())).toMatchObject({ code: "configuration", field });
  });
});
