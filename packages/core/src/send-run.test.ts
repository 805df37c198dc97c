import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { abortError } from "./abort.ts";
import { createMailer } from "./create-mailer.ts";
import { failover } from "./failover.ts";
import { MailError } from "./mail-error.ts";
import { hello, memoryTransport } from "./memory-transport.fixture.ts";
import type { Message } from "./message.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import { rateLimit } from "./rate-limit.ts";
import type { RunProgress, SendOutcome, SendRun } from "./send-run.ts";

const { to: _, ...template } = hello;
const batch = { recipients: 4, bytes: 10_000 };

/** An input that counts what was pulled. */
function counted(count: number) {
  const state = { pulled: 0, closed: false };
  async function* messages(): AsyncGenerator<Message> {
    try {
      while (state.pulled < count) yield { ...hello, to: `user${state.pulled++}@example.com` };
    } finally {
      state.closed = true;
    }
  }
  async function* recipients(): AsyncGenerator<{ to: string }> {
    while (state.pulled < count) yield { to: `user${state.pulled++}@example.com` };
  }
  return { state, messages, recipients };
}

/** A transport whose mails wait until they are let go, by address. */
function gated() {
  const waiting = new Map<string, () => void>();
  const transport = memoryTransport({
    behaviour: ({ to }) => new Promise((resolve) => waiting.set(to[0]?.address.split("@")[0] ?? "", resolve)),
  });
  const letGo = async (user: string): Promise<void> => {
    await expect.poll(() => waiting.has(user)).toBe(true);
    waiting.get(user)?.();
  };
  return { transport, waiting, letGo };
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function collect(run: SendRun): Promise<SendOutcome[]> {
  const outcomes: SendOutcome[] = [];
  for await (const outcome of run) outcomes.push(outcome);
  return outcomes;
}

const addresses = (sent: readonly PreparedMessage[]) => sent.map(({ to }) => to[0]?.address.split("@")[0]);

describe("a paused run", () => {
  test("asks for nothing more, finishes what is in flight, and goes on when it is resumed", async () => {
    const { transport, waiting, letGo } = gated();
    const { state, messages } = counted(4);
    const run = createMailer({ transport }).sendMany(messages(), { concurrency: 2 });
    const outcomes = collect(run);
    await expect.poll(() => [...waiting.keys()]).toEqual(["user0", "user1"]);
    run.pause();
    await letGo("user0");
    await letGo("user1");
    await settled();
    expect(run.position).toBe(2);
    expect(state.pulled).toBe(2);
    run.resume();
    await letGo("user2");
    await letGo("user3");
    expect(await outcomes).toHaveLength(4);
    expect(run.position).toBe(4);
  });

  test("starts when it is resumed where it was paused before it started", async () => {
    const { state, messages } = counted(3);
    const run = createMailer({ transport: memoryTransport() }).sendMany(messages());
    run.pause();
    const summary = run.then((done) => done);
    await settled();
    expect(state.pulled).toBe(0);
    run.resume();
    expect(await summary).toMatchObject({ sent: 3 });
  });

  test("ends by abort", async () => {
    const controller = new AbortController();
    const run = createMailer({ transport: memoryTransport() }).sendMany(counted(9).messages(), {
      signal: controller.signal,
    });
    run.pause();
    const outcomes = collect(run);
    await settled();
    controller.abort();
    expect(await outcomes).toEqual([]);
  });

  test("ends by a break, and closes its input", async () => {
    const { state, messages } = counted(9);
    const run = createMailer({ transport: memoryTransport() }).sendMany(messages(), { concurrency: 1 });
    for await (const _ of run) {
      run.pause();
      await settled();
      break;
    }
    expect(run.position).toBe(1);
    expect(state).toEqual({ pulled: 1, closed: true });
  });

  test("holds back a batch that is being filled", async () => {
    const transport = memoryTransport({ features: { batch } });
    const { state, recipients } = counted(6);
    const run: SendRun = createMailer({ transport }).sendBulk(template, pausing());
    async function* pausing(): AsyncGenerator<{ to: string }> {
      for await (const recipient of recipients()) {
        if (state.pulled === 2) run.pause();
        yield recipient;
      }
    }
    const outcomes = collect(run);
    await settled();
    expect([state.pulled, transport.batches.length, run.position]).toEqual([2, 0, 0]);
    run.resume();
    expect(await outcomes).toHaveLength(6);
    expect(transport.batches.map(({ recipients: { length } }) => length)).toEqual([4, 2]);
  });
});

test("a run lets the rest of the process go on, though its outcomes wait for nothing", async () => {
  const count = 100_000;
  function* bad(): Generator<{ to: string }> {
    for (let index = 0; index < count; index++) yield { to: "" };
  }
  const run = createMailer({ transport: memoryTransport() }).sendBulk(template, bad());
  setImmediate(() => run.stop());
  expect((await run).failed).toBeLessThan(count);
});

test.each([5, undefined, null])("an input whose iterator gives %s is at fault, and not its items", async (result) => {
  const input = { [Symbol.iterator]: () => ({ next: () => result }) } as unknown as Iterable<Message>;
  const mailer = createMailer({ transport: memoryTransport() });
  await expect(mailer.sendMany(input)).rejects.toThrow(TypeError);
});

describe("a stopped run", () => {
  test("sends what was pulled, gives its outcomes, and leaves the rest to a run that starts at its position", async () => {
    const transport = memoryTransport({ features: { batch } });
    const mailer = createMailer({ transport });
    const run = mailer.sendBulk(template, counted(50).recipients(), { concurrency: 2 });
    const first: number[] = [];
    for await (const { index } of run) {
      first.push(index);
      if (first.length === 5) run.stop();
    }
    expect(run.position).toBe(first.length);
    expect(first.length).toBeLessThan(50);
    const rest = await collect(mailer.sendBulk(template, counted(50).recipients(), { startAt: run.position }));
    expect(rest.map(({ index }) => index).sort((a, b) => a - b)[0]).toBe(run.position);
    expect(addresses(transport.sent).sort()).toEqual(Array.from({ length: 50 }, (_, n) => `user${n}`).sort());
  });

  test("ends though it is paused, and though its input waits", async () => {
    async function* never(): AsyncGenerator<Message> {
      yield hello;
      await new Promise(() => {});
    }
    const mailer = createMailer({ transport: memoryTransport() });
    const waits = mailer.sendMany(never());
    const outcomes = collect(waits);
    const paused = mailer.sendMany(counted(3).messages());
    paused.pause();
    await settled();
    paused.stop();
    waits.stop();
    expect(await paused).toEqual({ sent: 0, queued: 0, failed: 0 });
    expect(await outcomes).toHaveLength(1);
  });

  test("ends in time where its input stops it and then hangs", async () => {
    const run: SendRun = createMailer({ transport: memoryTransport() }).sendMany({
      [Symbol.asyncIterator]: () => ({
        next() {
          run.stop();
          return new Promise<never>(() => {});
        },
      }),
    });
    expect(await collect(run)).toEqual([]);
  });
});

describe("the position of a run", () => {
  test("stands before the first mail in flight, whatever came after it", async () => {
    const { transport, letGo } = gated();
    const run = createMailer({ transport }).sendMany(counted(3).messages(), { concurrency: 3 });
    const outcomes = run[Symbol.asyncIterator]();
    expect(run.position).toBe(0);
    const second = outcomes.next();
    await letGo("user1");
    await second;
    expect(run.position).toBe(0);
    const first = outcomes.next();
    await letGo("user0");
    await first;
    expect(run.position).toBe(2);
    await letGo("user2");
    await run;
    expect(run.position).toBe(3);
  });

  test("goes past a mail that failed, but not past one that an abort kept from being sent", async () => {
    const controller = new AbortController();
    const transport = memoryTransport({
      behaviour: async ({ to }, { signal }) => {
        if (to[0]?.address.startsWith("user0@")) throw new MailError("no", { code: "recipient_rejected" });
        if (to[0]?.address.startsWith("user1@")) return;
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(abortError(signal))));
      },
    });
    const run = createMailer({ transport }).sendMany(counted(9).messages(), {
      concurrency: 3,
      signal: controller.signal,
    });
    const taken: SendOutcome[] = [];
    for await (const outcome of run) if (taken.push(outcome) === 2) controller.abort();
    expect(taken.slice(2).every((outcome) => !outcome.ok && outcome.error.code === "aborted")).toBe(true);
    expect(run.position).toBe(2);
  });

  test("does not go past a mail that the caller's own time limit kept from being sent", async () => {
    const transport = memoryTransport({
      behaviour: (_mail, { signal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(abortError(signal)))),
    });
    const run = createMailer({ transport }).sendMany(counted(9).messages(), {
      concurrency: 3,
      signal: AbortSignal.timeout(5),
    });
    expect(await collect(run)).toMatchObject(Array(3).fill({ error: { code: "timeout", delivery: "not_sent" } }));
    expect(run.position).toBe(0);
  });

  test("does not go past a mail for which a group was about to ask its next transport", async () => {
    const controller = new AbortController();
    const down = memoryTransport({
      name: "down",
      behaviour: () => {
        throw new MailError("down", { code: "unavailable" });
      },
    });
    const limited = rateLimit(memoryTransport(), { max: 1, perMs: 60_000 });
    const mailer = createMailer({ transport: failover([down, limited]) });
    mailer.on("throttled", () => controller.abort());
    await mailer.send(hello, { transport: limited });
    const run = mailer.sendMany(counted(9).messages(), { concurrency: 1, signal: controller.signal });
    expect(await collect(run)).toMatchObject([{ error: { code: "aborted", delivery: "not_sent" } }]);
    expect(run.position).toBe(0);
  });

  test("goes past a mail that was aborted when it may have been sent", async () => {
    const controller = new AbortController();
    const transport = memoryTransport({
      behaviour: (_mail, { signal }) =>
        new Promise((_, reject) =>
          signal.addEventListener("abort", () =>
            reject(new MailError("stopped", { code: "aborted", delivery: "unknown" })),
          ),
        ),
    });
    const run = createMailer({ transport }).sendMany(counted(1).messages(), { signal: controller.signal });
    setImmediate(() => controller.abort());
    expect(await collect(run)).toMatchObject([{ error: { code: "aborted", delivery: "unknown" } }]);
    expect(run.position).toBe(1);
  });

  test("does not go past mails that came when the mailer was closed, and the run ends there", async () => {
    const { state, messages } = counted(1_000);
    const mailer = createMailer({ transport: memoryTransport() });
    const run = mailer.sendMany(messages(), { concurrency: 2 });
    const outcomes: SendOutcome[] = [];
    for await (const outcome of run) if (outcomes.push(outcome) === 3) await mailer.close();
    expect(outcomes.at(-1)).toMatchObject({ ok: false, error: { code: "configuration", field: "mailer" } });
    expect(run.position).toBe(outcomes.filter(({ ok }) => ok).length);
    expect(state).toEqual({ pulled: outcomes.length, closed: true });
    expect(outcomes.length).toBeLessThan(10);
  });

  test("is where the run starts when nothing has come yet, though the input is shorter", async () => {
    const transport = memoryTransport();
    const run = createMailer({ transport }).sendMany(counted(3).messages(), { startAt: 7 });
    expect(run.position).toBe(7);
    expect(await run).toEqual({ sent: 0, queued: 0, failed: 0 });
    expect(run.position).toBe(7);
  });

  test("a run that starts at a place keeps the places of the input", async () => {
    const transport = memoryTransport();
    const outcomes = await collect(
      createMailer({ transport }).sendMany(counted(5).messages(), { startAt: 3, concurrency: 1 }),
    );
    expect(outcomes.map(({ index }) => index)).toEqual([3, 4]);
    expect(addresses(transport.sent)).toEqual(["user3", "user4"]);
  });

  test.each([-1, 1.5, Number.NaN, "3"])("startAt %o is refused", (startAt) => {
    const mailer = createMailer({ transport: memoryTransport() });
    expect(() => mailer.sendMany([], { startAt: startAt as number })).toThrow(
      expect.objectContaining({ code: "configuration", field: "startAt" }),
    );
  });
});

describe("progress", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => void vi.useRealTimers());

  async function watch(stepMs: number, count: number, options = {}) {
    const transport = memoryTransport({ behaviour: () => void vi.advanceTimersByTime(stepMs) });
    const mailer = createMailer({ transport });
    const seen: RunProgress[] = [];
    mailer.on("progress", (progress) => void seen.push(progress));
    const run = mailer.sendMany(counted(count).messages(), { concurrency: 1, ...options });
    await run;
    return { run, seen };
  }

  test("is told once a second at most, and at the end", async () => {
    const { run, seen } = await watch(400, 7);
    expect(seen).toEqual([
      { run, sent: 3, queued: 0, failed: 0, position: 3, durationMs: 1_200, ended: false },
      { run, sent: 6, queued: 0, failed: 0, position: 6, durationMs: 2_400, ended: false },
      { run, sent: 7, queued: 0, failed: 0, position: 7, durationMs: 2_800, ended: true },
    ]);
  });

  test("tells a short run once", async () => {
    const { seen } = await watch(0, 20, { startAt: 5 });
    expect(seen).toMatchObject([{ sent: 15, position: 20, ended: true }]);
  });

  test("tells of an outcome when its taker comes back for the next one", async () => {
    const mailer = createMailer({ transport: memoryTransport() });
    const seen: number[] = [];
    mailer.on("progress", ({ position }) => void seen.push(position));
    const before: number[] = [];
    for await (const _ of mailer.sendMany(counted(2).messages(), { concurrency: 1 })) {
      vi.advanceTimersByTime(1_000);
      before.push(seen.length);
    }
    expect(before).toEqual([0, 1]);
    expect(seen).toEqual([1, 2, 2]);
  });

  test("is told after a break too", async () => {
    const mailer = createMailer({ transport: memoryTransport() });
    const seen: RunProgress[] = [];
    mailer.on("progress", (progress) => void seen.push(progress));
    for await (const _ of mailer.sendMany(counted(9).messages(), { concurrency: 1 })) break;
    expect(seen).toMatchObject([{ sent: 1, position: 1, ended: true }]);
  });
});
