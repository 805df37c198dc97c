import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { closeOnSignals } from "./close-on-signals.ts";
import { createQueue } from "./create-queue.ts";
import type { Queue } from "./queue.ts";
import { sqlite } from "./sqlite/index.ts";

const message = { from: "hello@acme.example", to: "ada@example.com", text: "Hello" };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mail-signals-"));
});
afterEach(() => rm(folder, { recursive: true }));

function openQueue(name: string): { readonly file: string; readonly queue: Queue } {
  const file = join(folder, name);
  const queue = createQueue({ engine: sqlite({ file }) });
  onTestFinished(() => queue.close());
  return { file, queue };
}

/** A process that works on these files, once it is sending these mails. */
async function startWorker(timeoutMs: number, files: readonly string[], subjects: readonly string[]) {
  const child = fork(new URL("./close-on-signals.fixture.ts", import.meta.url), [String(timeoutMs), ...files], {
    execArgv: ["--conditions=@mail/source"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const told = new Set<unknown>();
  child.on("message", (text) => told.add(text));
  const hear = (...texts: string[]) =>
    vi.waitFor(() => expect([...told]).toEqual(expect.arrayContaining(texts)), { timeout: 20_000 });
  await hear(...subjects.map((subject) => `sending ${subject}`));
  return { child, hear };
}

async function endOf(child: ChildProcess): Promise<unknown> {
  if (child.signalCode === null && child.exitCode === null) await once(child, "exit");
  return child.signalCode ?? child.exitCode;
}

test("a process that is told to end finishes its mails, in each of its queues, and ends by the signal", async () => {
  const [one, other] = [openQueue("one.db"), openQueue("other.db")];
  const slow = await one.queue.enqueue({ ...message, subject: "slow" });
  await other.queue.enqueue({ ...message, subject: "quick" });
  const { child, hear } = await startWorker(60_000, [one.file, other.file], ["slow", "quick"]);
  child.kill("SIGTERM");
  await hear(`closed ${other.file}`);
  child.send("go on");
  expect(await endOf(child)).toBe("SIGTERM");
  expect((await one.queue.status(slow.id))?.state).toBe("sent");
  expect(await other.queue.stats()).toMatchObject({ sent: 1, sending: 0 });
});

test("mails that take longer than allowed go back to the queue, at once and untouched", async () => {
  const { file, queue } = openQueue("mail.db");
  const { id } = await queue.enqueue({ ...message, subject: "endless" });
  const { child } = await startWorker(100, [file], ["endless"]);
  child.kill("SIGTERM");
  expect(await endOf(child)).toBe("SIGTERM");
  expect(await queue.status(id)).toMatchObject({ state: "queued", tries: 0 });
});

test("a second signal ends the process at once", async () => {
  const { file, queue } = openQueue("mail.db");
  await queue.enqueue({ ...message, subject: "slow" });
  const { child } = await startWorker(60_000, [file], ["slow"]);
  child.kill("SIGINT");
  const again = setInterval(() => child.kill("SIGINT"), 100);
  expect(await endOf(child)).toBe("SIGINT");
  clearInterval(again);
  expect(await queue.stats()).toMatchObject({ sending: 1 });
});

test("refuses what is no option by name", () => {
  expect(() => closeOnSignals({ close: async () => undefined }, { timeout: 5 } as never)).toThrow(
    expect.objectContaining({ code: "configuration", field: "timeout" }),
  );
});
