import { MailError, type MailErrorOptions, type Message, type Transport } from "@mail/core";
import { mock } from "@mail/mock";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createQueue } from "./create-queue.ts";
import { MemoryEngine } from "./memory-engine.fixture.ts";
import type { BlobStore } from "./payload/blob-store.ts";
import type { QueueOptions } from "./queue.ts";

const hello = { from: "hello@acme.example", to: "ada@example.com", subject: "Hi", text: "Hello" } as const;
const three = { ...hello, to: ["ada@x.example", "bob@x.example", "cy@x.example"] };
const now = new Date("2026-01-01T12:00:00Z").getTime();
const greylisted = { code: "recipient_rejected", retryable: true } as const;

function open(options: Partial<QueueOptions> = {}) {
  const engine = new MemoryEngine();
  return { engine, queue: createQueue({ retry: { backoff: { initialMs: 1_000, jitter: 0 } }, ...options, engine }) };
}

/** Answers as told, try by try: fails, or refuses some recipients; then takes everything. */
function scripted(...answers: readonly (MailErrorOptions | Record<string, MailErrorOptions> | undefined)[]) {
  const left = [...answers];
  const asked: (readonly string[])[] = [];
  const transport: Transport = {
    name: "scripted",
    features: { fields: ["attachments", "template"], envelopeRecipients: true },
    async send({ envelope: { to } }) {
      asked.push(to);
      const answer = left.shift() ?? {};
      if ("code" in answer) throw new MailError("no", answer as MailErrorOptions);
      const rejected = Object.entries(answer).map(([address, error]) => ({
        address,
        error: new MailError("no", error),
      }));
      const accepted = to.filter((address) => !(address in answer));
      return { status: "sent", accepted, rejected };
    },
  };
  return { transport, asked };
}

function memoryBlobs() {
  const kept = new Map<string, Buffer>();
  const store: BlobStore = {
    async put(name, content) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of content) chunks.push(chunk);
      kept.set(name, Buffer.concat(chunks));
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

beforeEach(() => void vi.useFakeTimers({ now, toFake: ["Date", "setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

describe("a mail that some recipients have", () => {
  test("counts as sent once the others were refused for good: told, and its attachments let go", async () => {
    const blobs = memoryBlobs();
    const { engine, queue } = open({ blobs: blobs.store, blobFromBytes: 1 });
    const sent = vi.fn();
    queue.on("sent", sent);
    queue.work(scripted({ "bob@x.example": greylisted }, { code: "recipient_rejected" }).transport);
    const { id } = await queue.enqueue({ ...three, attachments: [{ filename: "a", content: "content" }] });
    expect(blobs.kept.size).toBe(1);
    await engine.tick();
    vi.setSystemTime(now + 1_000);
    await engine.tick();
    const receipt = {
      id,
      accepted: ["ada@x.example", "cy@x.example"],
      rejected: [{ address: "bob@x.example", error: { code: "recipient_rejected" } }],
      attempts: { length: 2 },
    };
    expect(await queue.status(id)).toMatchObject({ state: "sent", receipt });
    expect(sent).toHaveBeenCalledOnce();
    expect(sent.mock.calls[0]?.[0]).toMatchObject({ id, transport: "scripted", receipt });
    await vi.waitFor(() => expect(blobs.kept.size).toBe(0));
  });

  test("goes to the others alone after a try of unknown outcome and a replay", async () => {
    const { engine, queue } = open();
    const { transport, asked } = scripted({ "bob@x.example": greylisted }, { code: "connection", delivery: "unknown" });
    queue.work(transport);
    const { id } = await queue.enqueue(three);
    await engine.tick();
    vi.setSystemTime(now + 1_000);
    await engine.tick();
    expect((await queue.status(id))?.state).toBe("unknown");
    expect(await queue.replay(id)).toBe(true);
    await engine.tick();
    expect(asked.slice(1)).toEqual([["bob@x.example"], ["bob@x.example"]]);
    expect(await queue.status(id)).toMatchObject({ state: "sent", receipt: { accepted: { length: 3 } } });
  });

  test("goes to the others alone after its worker crashed", async () => {
    const { engine, queue } = open({ onUnknown: "retry" });
    const { transport, asked } = scripted({ "bob@x.example": greylisted });
    queue.work(transport);
    const { id } = await queue.enqueue(three);
    await engine.tick();
    vi.setSystemTime(now + 1_000);
    engine.interrupt(id);
    await engine.tick();
    expect(asked[1]).toEqual(["bob@x.example"]);
    expect(await queue.status(id)).toMatchObject({ state: "sent", receipt: { accepted: { length: 3 } } });
  });

  test("names them all as accepted once the doubt about the others is ended", async () => {
    const { engine, queue } = open();
    queue.work(scripted({ "bob@x.example": greylisted }, { code: "connection", delivery: "unknown" }).transport);
    const { id } = await queue.enqueue(three);
    await engine.tick();
    vi.setSystemTime(now + 1_000);
    await engine.tick();
    expect(await queue.settle(id, "sent")).toBe(true);
    const receipt = { accepted: ["ada@x.example", "cy@x.example", "bob@x.example"], rejected: [] };
    expect(await queue.status(id)).toMatchObject({ state: "sent", receipt });
  });

  test("is dead where a receipt names nobody who has it", async () => {
    const { engine, queue } = open();
    queue.work(scripted({ "ada@example.com": { code: "recipient_rejected" } }).transport);
    const { id } = await queue.enqueue(hello);
    await engine.tick();
    expect(await queue.status(id)).toMatchObject({ state: "dead", error: { code: "recipient_rejected" } });
  });
});

describe("a record that cannot be read", () => {
  const damages = ["", "{", '{"v":2}', '{"v":1,"blobs":[],"attempts":[null],"failures":0}'];

  test.each(damages)("holds a mail that was tried before, for nobody knows who has it: %j", async (text) => {
    const { engine, queue } = open();
    const { transport, asked } = scripted({ "bob@x.example": greylisted });
    queue.work(transport);
    const { id } = await queue.enqueue(three);
    await engine.tick();
    engine.damageRecord(id, text);
    vi.setSystemTime(now + 1_000);
    await engine.tick();
    expect(asked).toHaveLength(1);
    expect(await queue.status(id)).toMatchObject({ state: "unknown", error: { delivery: "unknown" } });
  });

  test.each(damages)("harms no mail that was never tried, and no list: %j", async (text) => {
    const { engine, queue } = open();
    const { id } = await queue.enqueue(hello);
    await queue.enqueue(hello);
    engine.damageRecord(id, text);
    expect(await queue.list({ state: "queued" })).toHaveLength(2);
    queue.work(scripted().transport);
    await engine.tick();
    expect(await queue.list({ state: "sent" })).toHaveLength(2);
  });
});

describe("a fault of the setup", () => {
  const odd: Message = { ...hello, providerOptions: { scripted: { set: "nowhere" } } as Message["providerOptions"] };

  test("pauses the queue where no certificate is accepted", async () => {
    const { engine, queue } = open();
    queue.work(scripted({ code: "tls" }).transport);
    const { id } = await queue.enqueue(hello);
    await engine.tick();
    expect(await queue.stats()).toMatchObject({ queued: 1, pausedBy: expect.stringContaining(id) });
  });

  test("that may be one mail's own does not stop the others", async () => {
    const { engine, queue } = open({ retry: { attempts: 2, backoff: { initialMs: 1_000, jitter: 0 } } });
    queue.work(scripted({ code: "configuration" }, undefined, { code: "configuration" }).transport);
    const bad = await queue.enqueue(odd);
    await engine.tick();
    expect(await queue.status(bad.id)).toMatchObject({ state: "scheduled", error: { code: "configuration" } });
    const good = await queue.enqueue(hello);
    await engine.tick();
    vi.setSystemTime(now + 1_000);
    await engine.tick();
    expect((await queue.status(good.id))?.state).toBe("sent");
    expect(await queue.status(bad.id)).toMatchObject({ state: "dead", attempts: { length: 2 } });
    expect(await queue.stats()).not.toHaveProperty("pausedBy");
  });

  test("that two mails meet in a row pauses the queue, and burns neither", async () => {
    const { engine, queue } = open();
    queue.work(scripted({ code: "configuration" }, { code: "configuration" }).transport);
    await queue.enqueue(odd);
    await queue.enqueue(odd);
    await engine.tick();
    expect(await queue.stats()).toMatchObject({ dead: 0, pausedBy: expect.stringContaining("configuration") });
  });

  test("of an account that may not send now is outlasted, and holds nobody else up", async () => {
    const { engine, queue } = open({ retry: { attempts: 3, backoff: { initialMs: 1_000, jitter: 0, factor: 1 } } });
    const suspended = { code: "permission" } as const;
    queue.work(scripted(suspended, suspended, undefined, suspended, suspended).transport);
    const mails = [await queue.enqueue(hello), await queue.enqueue(hello), await queue.enqueue(hello)];
    const states = () => Promise.all(mails.map(async ({ id }) => (await queue.status(id))?.state));
    await engine.tick();
    expect(await states()).toEqual(["scheduled", "scheduled", "sent"]);
    expect(await queue.stats()).not.toHaveProperty("pausedBy");
    vi.setSystemTime(now + 1_000);
    await engine.tick();
    vi.setSystemTime(now + 2_000);
    await engine.tick();
    expect(await states()).toEqual(["sent", "sent", "sent"]);
  });

  test("of a sender that may not send at all is given up, with its reason, when the tries are used up", async () => {
    const { engine, queue } = open({ retry: { attempts: 2, backoff: { initialMs: 1_000, jitter: 0 } } });
    queue.work(scripted({ code: "permission" }, { code: "permission" }).transport);
    const { id } = await queue.enqueue(hello);
    await engine.tick();
    vi.setSystemTime(now + 1_000);
    await engine.tick();
    expect(await queue.deadLetters()).toMatchObject([{ id, error: { code: "permission" }, attempts: { length: 2 } }]);
  });

  test("takes nothing of the time for tries, however long the pause", async () => {
    const { engine, queue } = open();
    queue.work(scripted({ code: "authentication" }, { code: "unavailable" }).transport);
    const { id } = await queue.enqueue(hello);
    await engine.tick();
    vi.setSystemTime(now + 10 * 86_400_000);
    await queue.resume();
    await engine.tick();
    expect(await queue.status(id)).toMatchObject({ state: "scheduled", error: { code: "unavailable" } });
  });

  test("a mail whose key is missing here is left for a process that has it", async () => {
    const key = (byte: number) => new Uint8Array(32).fill(byte);
    const { engine, queue } = open({ encryption: { keys: { old: key(1), new: key(2) }, current: "new" } });
    const { id } = await queue.enqueue(hello);
    const behind = createQueue({ engine, encryption: { keys: { old: key(1) }, current: "old" } });
    behind.work(scripted().transport);
    await engine.tick();
    expect(await queue.status(id)).toMatchObject({ state: "scheduled", error: { code: "configuration" } });
    expect(await queue.stats()).not.toHaveProperty("pausedBy");
    vi.setSystemTime(now + 60_000);
    queue.work(scripted().transport);
    await engine.tick();
    expect((await queue.status(id))?.state).toBe("sent");
  });
});

test("close gives a mail back whose suppression list does not answer", async () => {
  const { engine, queue } = open();
  const worker = queue.work(mock(), { suppressions: { find: () => new Promise(() => undefined) } });
  const { id } = await queue.enqueue(hello);
  engine.take();
  const closing = worker.close({ timeoutMs: 500 });
  await vi.advanceTimersByTimeAsync(500);
  await closing;
  expect(await queue.status(id)).toMatchObject({ state: "queued", tries: 0 });
});

test("a receipt that cannot be written down leaves the mail unknown, and the worker goes on", async () => {
  const { engine, queue } = open();
  const strange = { ...mock(), send: async () => ({ accepted: [], rejected: [], status: "sent", attempts: [{}] }) };
  queue.work({ ...strange, name: "strange", features: { fields: [] } } as never);
  const { id } = await queue.enqueue(hello);
  await engine.tick();
  expect((await queue.status(id))?.state).toBe("unknown");
});

test("a mail that cannot be read tells nobody what is in it", async () => {
  const { engine, queue } = open();
  const dead = vi.fn();
  queue.on("dead", dead);
  queue.work(scripted().transport);
  const { id } = await queue.enqueue({ ...hello, text: "Your code is 123456" });
  const payload = Buffer.from(engine.rows.get(id)?.payload ?? []);
  payload.write('"', payload.indexOf("123456") - 1);
  engine.damage(id, payload);
  await engine.tick();
  expect(dead).toHaveBeenCalledOnce();
  const texts = dead.mock.calls.map(([{ error }]) => `${error.stack} ${String(error.cause)}`);
  expect(texts.join()).not.toContain("code is");
});
