import { describe, expect, test, vi } from "vitest";
import { abortError } from "./abort.ts";
import { createMailer } from "./create-mailer.ts";
import { MailError } from "./mail-error.ts";
import { hello, memoryTransport, rejection } from "./memory-transport.fixture.ts";
import type { Message } from "./message.ts";
import type { SendOutcome } from "./send-run.ts";

const numbered = (count: number): Message[] => Array.from({ length: count }, (_, n) => ({ ...hello, subject: `${n}` }));

/** An endless input that counts what was pulled and whether it was told to stop. */
function endless() {
  const state = { pulled: 0, returned: false };
  async function* messages(): AsyncGenerator<Message> {
    try {
      while (true) yield { ...hello, subject: `${state.pulled++}` };
    } finally {
      state.returned = true;
    }
  }
  return { state, messages };
}

describe("sendMany", () => {
  test("awaited, gives the numbers", async () => {
    const mailer = createMailer({ transport: memoryTransport() });
    expect(await mailer.sendMany([...numbered(25), { ...hello, to: "bad" }])).toEqual({
      sent: 25,
      queued: 0,
      failed: 1,
    });
  });

  test("iterated, gives each outcome with its index; a bad one sinks nobody", async () => {
    const mailer = createMailer({ transport: memoryTransport() });
    const outcomes: SendOutcome[] = [];
    const run = mailer.sendMany([
      hello,
      { ...hello, to: "" },
      { ...hello, subject: "a\nb" },
      undefined as unknown as Message,
      hello,
    ]);
    for await (const outcome of run) outcomes.push(outcome);
    outcomes.sort((a, b) => a.index - b.index);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, false, false, true]);
    expect(outcomes[1]).toMatchObject({ error: { code: "invalid_recipient", field: "to" } });
    expect(await run).toEqual({ sent: 2, queued: 0, failed: 3 });
  });

  test("outcomes come in order of completion, with at most `concurrency` in flight", async () => {
    const gates = new Map<string, () => void>();
    const transport = memoryTransport({
      behaviour: ({ subject }) => new Promise((resolve) => gates.set(subject, resolve)),
    });
    const run = createMailer({ transport }).sendMany(numbered(3), { concurrency: 2 });
    const outcomes = run[Symbol.asyncIterator]();
    const first = outcomes.next();
    await expect.poll(() => [...gates.keys()]).toEqual(["0", "1"]);
    gates.get("1")?.();
    expect((await first).value.index).toBe(1);
    const second = outcomes.next();
    await expect.poll(() => gates.has("2")).toBe(true);
    gates.get("2")?.();
    expect((await second).value.index).toBe(2);
    gates.get("0")?.();
    expect((await outcomes.next()).value.index).toBe(0);
    expect((await outcomes.next()).done).toBe(true);
  });

  test("pulls no further ahead than `concurrency` of what the caller has taken", async () => {
    const { state, messages } = endless();
    const outcomes = createMailer({ transport: memoryTransport() })
      .sendMany(messages(), { concurrency: 4 })
      [Symbol.asyncIterator]();
    await outcomes.next();
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    expect(state.pulled).toBeLessThanOrEqual(5);
    await outcomes.return?.();
    expect(state.returned).toBe(true);
  });

  test("break pulls nothing more and waits for those in flight", async () => {
    const { state, messages } = endless();
    let inFlight = 0;
    const transport = memoryTransport({
      behaviour: async () => {
        inFlight++;
        await new Promise((resolve) => setImmediate(resolve));
        inFlight--;
      },
    });
    for await (const _ of createMailer({ transport }).sendMany(messages(), { concurrency: 5 })) break;
    expect(inFlight).toBe(0);
    expect(state.returned).toBe(true);
    expect(transport.sent.length).toBe(state.pulled);
  });

  test("abort yields `aborted` for those pulled and ends the run", async () => {
    const controller = new AbortController();
    const { state, messages } = endless();
    const transport = memoryTransport({
      behaviour: (_mail, { signal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(abortError(signal)))),
    });
    const outcomes: SendOutcome[] = [];
    const run = createMailer({ transport }).sendMany(messages(), { concurrency: 3, signal: controller.signal });
    setImmediate(() => controller.abort());
    for await (const outcome of run) outcomes.push(outcome);
    expect(outcomes.length).toBe(state.pulled);
    expect(outcomes.every((outcome) => !outcome.ok && outcome.error.code === "aborted")).toBe(true);
  });

  test("abort ends a run whose input is waiting", async () => {
    const controller = new AbortController();
    async function* never(): AsyncGenerator<Message> {
      yield hello;
      await new Promise(() => {});
    }
    const run = createMailer({ transport: memoryTransport() }).sendMany(never(), { signal: controller.signal });
    const outcomes: SendOutcome[] = [];
    for await (const outcome of run) {
      outcomes.push(outcome);
      controller.abort();
    }
    expect(outcomes).toMatchObject([{ index: 0, ok: true }]);
  });

  test("an input that waits does not hold back outcomes", async () => {
    const gate = Promise.withResolvers<void>();
    async function* slow(): AsyncGenerator<Message> {
      yield hello;
      await gate.promise;
    }
    const outcomes = createMailer({ transport: memoryTransport() }).sendMany(slow())[Symbol.asyncIterator]();
    expect((await outcomes.next()).value).toMatchObject({ index: 0, ok: true });
    gate.resolve();
    expect((await outcomes.next()).done).toBe(true);
  });

  test("an input that throws loses no outcome of what was pulled", async () => {
    async function* broken(): AsyncGenerator<Message> {
      yield* numbered(3);
      throw new Error("database gone");
    }
    const outcomes: SendOutcome[] = [];
    const mailer = createMailer({ transport: memoryTransport() });
    const drain = async () => {
      for await (const outcome of mailer.sendMany(broken())) outcomes.push(outcome);
    };
    expect(await rejection(drain())).toMatchObject({ message: "database gone" });
    expect(outcomes).toHaveLength(3);
    expect(await rejection(mailer.sendMany(broken()))).toMatchObject({ message: "database gone" });
  });

  test("an unknown transport is the outcome of each mail", async () => {
    const mailer = createMailer({ use: "a", transports: { a: () => memoryTransport() } });
    expect(await mailer.sendMany(numbered(2), { transport: "b" as "a" })).toEqual({ sent: 0, queued: 0, failed: 2 });
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("concurrency %d is refused", (concurrency) => {
    const mailer = createMailer({ transport: memoryTransport() });
    expect(() => mailer.sendMany([], { concurrency })).toThrow(MailError);
  });

  test("an option that is none is refused, so that a misspelt `startAt` sends nothing twice", () => {
    const mailer = createMailer({ transport: memoryTransport() });
    expect(() => mailer.sendMany([hello], { startat: 500 } as never)).toThrow(
      expect.objectContaining({
        code: "configuration",
        field: "startat",
        message: "startat: is not an option of sendMany()",
        hint: "Options: transport, signal, timeoutMs, suppressions, concurrency, startAt, inBatches.",
      }),
    );
    const recipients = [{ to: "ada@example.com" }];
    expect(() => mailer.sendBulk({ ...hello, to: undefined }, recipients, { inBatches: true } as never)).toThrow(
      expect.objectContaining({ code: "configuration", field: "inBatches" }),
    );
  });

  test("a time limit that is no number is refused before the first mail", () => {
    const mailer = createMailer({ transport: memoryTransport() });
    expect(() => mailer.sendMany([hello], { timeoutMs: "500" as unknown as number })).toThrow(
      expect.objectContaining({ code: "configuration", field: "timeoutMs", hint: "Use milliseconds above 0." }),
    );
  });

  test("nothing to send is nothing sent", async () => {
    expect(await createMailer({ transport: memoryTransport() }).sendMany([])).toEqual({
      sent: 0,
      queued: 0,
      failed: 0,
    });
  });

  test("closes the input after a break in the middle of a pull", async () => {
    const closed = vi.fn();
    async function* slow(): AsyncGenerator<Message> {
      try {
        while (true) {
          await new Promise((resolve) => setImmediate(resolve));
          yield hello;
        }
      } finally {
        closed();
      }
    }
    let taken = 0;
    for await (const _ of createMailer({ transport: memoryTransport() }).sendMany(slow())) if (++taken === 5) break;
    expect(closed).toHaveBeenCalledOnce();
  });

  test("abort tells of everything that was pulled from a slow input", async () => {
    const controller = new AbortController();
    let pulled = 0;
    async function* slow(): AsyncGenerator<Message> {
      while (true) {
        await new Promise((resolve) => setImmediate(resolve));
        pulled++;
        yield hello;
      }
    }
    let outcomes = 0;
    const run = createMailer({ transport: memoryTransport() }).sendMany(slow(), { signal: controller.signal });
    for await (const _ of run) if (++outcomes === 10) controller.abort();
    expect(outcomes).toBe(pulled);
  });

  test.each([[undefined], [hello], ["text"]])("%o instead of many messages is refused", (input) => {
    expect(() => createMailer({ transport: memoryTransport() }).sendMany(input as never)).toThrow(
      expect.objectContaining({ code: "configuration", field: "messages" }),
    );
  });
});
