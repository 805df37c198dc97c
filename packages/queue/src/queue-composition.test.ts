import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMailer, failover, MailError, once, rateLimit, retry } from "@mail/core";
import { mock } from "@mail/mock";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createQueue } from "./create-queue.ts";
import { MemoryEngine } from "./memory-engine.fixture.ts";
import { sqlite } from "./sqlite/index.ts";

/** Waits until it is so; for long, as the machine may be busy. */
const until = <Found>(check: () => Found | Promise<Found>): Promise<Found> => vi.waitFor(check, 15_000);

const hello = { from: "hello@acme.example", to: "ada@example.com", subject: "Hi", text: "Hello" } as const;

function open() {
  const engine = new MemoryEngine();
  return { engine, queue: createQueue({ engine }) };
}

async function openFile() {
  const folder = await mkdtemp(join(tmpdir(), "mail-queue-"));
  const queue = createQueue({ engine: sqlite({ file: join(folder, "mail.db") }) });
  onTestFinished(async () => {
    await queue.close();
    await rm(folder, { recursive: true });
  });
  return queue;
}

describe("the queue in a group", () => {
  test("is passed over while it is away, and not where it may have kept the mail", async () => {
    const { engine, queue } = open();
    const direct = mock();
    const mailer = createMailer({ transport: failover([queue.transport(), direct], { cooldownMs: 0 }) });
    engine.addErrors.push(new MailError("away", { code: "unavailable" }));
    expect(await mailer.send(hello)).toMatchObject({ status: "sent", transport: "mock" });
    engine.addErrors.push(new MailError("answer lost", { code: "unavailable", delivery: "unknown" }));
    await expect(mailer.send(hello)).rejects.toMatchObject({ code: "unavailable", delivery: "unknown" });
    expect(await mailer.send(hello)).toMatchObject({ status: "queued", transport: "queue" });
    expect(direct.sent).toHaveLength(1);
    expect(engine.rows.size).toBe(1);
  });

  test("takes each key once, limits and retries what it is wrapped in", async () => {
    const { engine, queue } = open();
    const wrapped = once(rateLimit(retry(queue.transport(), { backoff: { initialMs: 1 } }), { max: 100 }));
    const mailer = createMailer({ transport: wrapped });
    engine.addErrors.push(new MailError("away", { code: "unavailable" }));
    const [one, other] = await Promise.all([
      mailer.send({ ...hello, idempotencyKey: "k" }),
      mailer.send({ ...hello, idempotencyKey: "k" }),
    ]);
    expect(other.id).toBe(one.id);
    expect(await queue.stats()).toMatchObject({ queued: 1 });
  });
});

test("closing gives mails back that wait for a rate limit", async () => {
  const queue = await openFile();
  const transport = mock();
  const worker = queue.work(rateLimit(transport, { max: 1, perMs: 3_600_000 }), { concurrency: 3 });
  await queue.enqueueMany([hello, hello, hello, hello]);
  await until(async () => expect(await queue.stats()).toMatchObject({ sent: 1, sending: 3 }));
  await worker.close({ timeoutMs: 10 });
  expect(await queue.stats()).toMatchObject({ sent: 1, sending: 0, queued: 3 });
  for (const { tries, attempts } of await queue.list({ state: "queued" })) expect([tries, attempts]).toEqual([0, []]);
  expect(transport.sent).toHaveLength(1);
});

test("closing hands mails that wait for another try to whoever works next", async () => {
  const queue = await openFile();
  const busy = { ...mock(), send: () => Promise.reject(new MailError("busy", { code: "unavailable" })) };
  const worker = queue.work({ ...busy, name: "busy", features: { fields: [] } });
  const { id } = await queue.enqueue(hello);
  await until(async () => expect((await queue.status(id))?.state).toBe("scheduled"));
  await worker.close();
  expect(await queue.status(id)).toMatchObject({ state: "scheduled", tries: 1, error: { code: "unavailable" } });
});

test("every mail is told of once at each step, and counted once it is recorded", async () => {
  const queue = await openFile();
  const steps = new Map<string, string[]>();
  const progress = vi.fn();
  for (const name of ["enqueued", "sending", "sent"] as const)
    queue.on(name, ({ id }) => void steps.set(id, [...(steps.get(id) ?? []), name]));
  const recorded: Promise<string | undefined>[] = [];
  queue.on("sent", ({ id }) => void recorded.push(queue.status(id).then((mail) => mail?.state)));
  queue.on("progress", progress);
  await queue.enqueueMany(Array.from({ length: 50 }, () => hello));
  queue.work(mock());
  await until(async () => expect(await queue.stats()).toMatchObject({ sent: 50 }));
  await until(() => expect(progress).toHaveBeenCalledTimes(50));
  expect(progress).toHaveBeenLastCalledWith({ sent: 50, retried: 0, dead: 0, unknown: 0, sending: 0 });
  expect(steps.size).toBe(50);
  for (const names of steps.values()) expect(names).toEqual(["enqueued", "sending", "sent"]);
  expect(new Set(await Promise.all(recorded))).toEqual(new Set(["sent"]));
});

test("neither database, list nor log holds what mails say, where they are encrypted", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mail-queue-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const lines: string[] = [];
  const write = (...parts: unknown[]): void => void lines.push(JSON.stringify(parts));
  const logger = { debug: write, info: write, warn: write, error: write };
  const file = join(folder, "mail.db");
  const keys = { one: new Uint8Array(32).fill(1) };
  const queue = createQueue({ engine: sqlite({ file }), logger, encryption: { keys, current: "one" } });
  const refusing = { ...mock(), send: () => Promise.reject(new MailError("no", { code: "policy_rejected" })) };
  queue.work({ ...refusing, name: "refusing", features: { fields: ["attachments"] } });
  const content = Buffer.from("SECRET-FILE ".repeat(50_000));
  const attachments = [{ filename: "SECRET-NAME.txt", content }];
  const { id } = await queue.enqueue({ ...hello, subject: "SECRET-SUBJECT", text: "SECRET-TEXT", attachments });
  await until(async () => expect((await queue.status(id))?.state).toBe("dead"));
  const told = JSON.stringify([await queue.deadLetters(), await queue.stats(), lines]);
  await queue.close();
  const kept = await readAll(folder);
  expect(kept.byteLength).toBeGreaterThan(content.byteLength / 100);
  for (const text of [told, kept.toString("latin1")]) expect(text).not.toContain("SECRET");
});

async function readAll(folder: string): Promise<Buffer> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Buffer.concat(await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name)))));
}
