import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { abortError, deadline } from "./abort.ts";
import { deliver } from "./deliver.ts";
import { silentLogger } from "./logger.ts";
import { MailError } from "./mail-error.ts";
import { hello, memoryTransport, rejection } from "./memory-transport.fixture.ts";
import type { Message } from "./message.ts";
import { prepareMessage } from "./prepare-message.ts";
import type { TransportReceipt } from "./receipt.ts";
import type { Transport } from "./transport.ts";

const context = (signal: AbortSignal = new AbortController().signal) => ({ signal, log: silentLogger });
const mail = (fields: Message = {}) => prepareMessage({ ...hello, ...fields });
const answering = (send: Transport["send"]): Transport => ({ ...memoryTransport(), send });
const plain: TransportReceipt = { status: "sent", accepted: ["ada@example.com"], rejected: [] };

describe("a receipt", () => {
  test("is completed with the mail's id, the label and the attempt", async () => {
    const prepared = mail();
    const receipt = await deliver(
      answering(async () => plain),
      prepared,
      context(),
      "key",
    );
    expect(receipt).toEqual({
      ...plain,
      id: prepared.id,
      transport: "key",
      attempts: [{ transport: "key", at: expect.any(Date), durationMs: expect.any(Number) }],
    });
    expect(Object.isFrozen(receipt)).toBe(true);
  });

  test("keeps what the transport said itself", async () => {
    const said = { ...plain, id: "7", transport: "inner", attempts: [], dropped: ["tags", "tracking"] };
    const inner = { ...answering(async () => said), features: { fields: ["tracking"] as const } };
    expect(await deliver(inner, mail({ tags: ["a"], metadata: { a: "1" } }), context())).toMatchObject({
      ...said,
      dropped: ["metadata", "tags", "tracking"],
    });
  });

  test.each([undefined, null])("with %s for what was left out is one all the same", async (nothing) => {
    const said = { ...plain, dropped: nothing as never };
    const bare = { ...answering(async () => said), features: { fields: [] } };
    const receipt = await deliver(bare, mail({ tags: ["a"] }), context());
    expect(receipt).toMatchObject({ status: "sent", dropped: ["tags"] });
  });

  test.each([undefined, null])("that is %s leaves the outcome unknown", async (nothing) => {
    const error = await rejection(
      deliver(
        answering(async () => nothing as never),
        mail(),
        context(),
      ),
    );
    expect(error).toMatchObject({ code: "unknown", delivery: "unknown", transport: "memory" });
  });
});

describe("an error", () => {
  test("is completed with the label and the attempt, and keeps everything else", async () => {
    const cause = new Error("socket");
    const thrown = new MailError("421", {
      code: "rate_limited",
      retryAfterMs: 5,
      delivery: "unknown",
      response: { smtpCode: 421 },
      hint: "wait",
      cause,
    });
    const error = await rejection(
      deliver(
        answering(() => Promise.reject(thrown)),
        mail(),
        context(),
        "key",
      ),
    );
    expect(error).toMatchObject({
      ...thrown,
      transport: "key",
      attempts: [{ transport: "key", error: thrown }],
      cause,
    });
  });

  test("keeps the label and the attempts of a transport within", async () => {
    const thrown = new MailError("no", {
      code: "dns",
      transport: "inner",
      attempts: [{ transport: "inner", at: new Date(), durationMs: 1 }],
    });
    const error = await rejection(
      deliver(
        answering(() => Promise.reject(thrown)),
        mail(),
        context(),
      ),
    );
    expect(error).toMatchObject({ transport: "inner", attempts: thrown.attempts });
  });

  test.each([new TypeError("x is not a function"), "text", undefined, null, Object.create(null), Symbol("s")])(
    "is a MailError with an unknown outcome, whatever was thrown: %o",
    async (thrown) => {
      const sync = answering(() => {
        throw thrown;
      });
      for (const transport of [sync, answering(() => Promise.reject(thrown))]) {
        const error = await rejection(deliver(transport, mail(), context()));
        expect(error).toMatchObject({ name: "MailError", code: "unknown", delivery: "unknown", transport: "memory" });
      }
    },
  );

  test("is not retryable once a bare stream is used up, and says what to do", async () => {
    const failing = answering(async ({ attachments }) => {
      await attachments[0]?.bytes();
      throw new MailError("down", { code: "unavailable" });
    });
    const stream = mail({ attachments: [{ content: Readable.from(["x"]) }] });
    expect(await rejection(deliver(failing, stream, context()))).toMatchObject({
      code: "unavailable",
      retryable: false,
      hint: expect.stringContaining("function"),
    });
    expect(await rejection(deliver(failing, stream, context()))).toMatchObject({
      code: "invalid_message",
      field: "attachments[0].content",
    });
    const anew = mail({ attachments: [{ content: () => Readable.from(["x"]) }] });
    expect(await rejection(deliver(failing, anew, context()))).toMatchObject({ retryable: true });
  });

  test("about what the transport cannot carry comes without an attempt", async () => {
    const transport = memoryTransport({ features: { fields: [] } });
    expect(await rejection(deliver(transport, mail({ amp: "x" }), context()))).toMatchObject({
      code: "unsupported",
      transport: "memory",
      attempts: [],
    });
    expect(transport.sent).toEqual([]);
  });
});

describe("an abort", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("before the send keeps the transport out of it", async () => {
    const transport = memoryTransport();
    const error = await rejection(deliver(transport, mail(), context(AbortSignal.abort())));
    expect(error).toMatchObject({ code: "aborted", delivery: "not_sent", transport: "memory" });
    expect(transport.sent).toEqual([]);
  });

  test("leaves the transport two seconds for an answer of its own", async () => {
    const controller = new AbortController();
    const slow = answering(
      (_, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => setTimeout(() => resolve(plain), 1_999));
        }),
    );
    const sending = deliver(slow, mail(), context(controller.signal));
    controller.abort();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(await sending).toMatchObject({ status: "sent" });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("gives up on one that does not react, and does not know what it did", async () => {
    const controller = new AbortController();
    let fail = (_: Error): void => undefined;
    const deaf = answering(
      () =>
        new Promise((_, reject) => {
          fail = reject;
        }),
    );
    const sending = rejection(deliver(deaf, mail(), context(controller.signal)));
    controller.abort();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await sending).toMatchObject({ code: "aborted", delivery: "unknown", attempts: [{ transport: "memory" }] });
    fail(new Error("too late, and nobody's unhandled rejection"));
    await vi.runAllTimersAsync();
  });

  test("that a client below reports in its own way is an abort with an unknown outcome", async () => {
    const controller = new AbortController();
    const client = answering(async () => {
      controller.abort();
      throw new DOMException("This operation was aborted", "AbortError");
    });
    expect(await rejection(deliver(client, mail(), context(controller.signal)))).toMatchObject({
      code: "aborted",
      delivery: "unknown",
    });
  });

  test("leaves a transport's own word about it alone", async () => {
    const controller = new AbortController();
    const precise = answering(async (_, { signal }) => {
      controller.abort();
      throw abortError(signal, "not_sent");
    });
    expect(await rejection(deliver(precise, mail(), context(controller.signal)))).toMatchObject({
      code: "aborted",
      delivery: "not_sent",
    });
  });
});

describe("a deadline", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("aborts with timeout when time runs out, and holds no timer once disposed", async () => {
    const limit = deadline(undefined, 100);
    await vi.advanceTimersByTimeAsync(100);
    expect(abortError(limit.signal, "unknown")).toMatchObject({
      code: "timeout",
      delivery: "unknown",
      retryable: true,
    });
    deadline(undefined, 100)[Symbol.dispose]();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("follows the caller's signal until disposed", () => {
    const caller = new AbortController();
    const [held, disposed] = [deadline(caller.signal, undefined), deadline(caller.signal, 100)];
    disposed[Symbol.dispose]();
    caller.abort(new Error("user left"));
    expect([held.signal.aborted, disposed.signal.aborted]).toEqual([true, false]);
    expect(held.signal.reason).toMatchObject({ code: "aborted", cause: { message: "user left" } });
    expect(deadline(caller.signal, undefined).signal.aborted).toBe(true);
  });

  test.each([Number.POSITIVE_INFINITY, 2 ** 31, 1e12])("of %d ms does not run out at once", async (timeoutMs) => {
    const limit = deadline(undefined, timeoutMs);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(limit.signal.aborted).toBe(false);
    limit[Symbol.dispose]();
  });

  test("that the caller made with AbortSignal.timeout is a timeout", () => {
    const signal = AbortSignal.abort(new DOMException("The operation timed out.", "TimeoutError"));
    expect(abortError(signal)).toMatchObject({ code: "timeout", delivery: "not_sent" });
    expect(deadline(signal, undefined).signal.reason).toMatchObject({ code: "timeout" });
  });
});
