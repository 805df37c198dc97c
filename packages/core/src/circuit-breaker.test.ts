import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { circuitBreaker } from "./circuit-breaker.ts";
import { createMailer } from "./create-mailer.ts";
import { failover } from "./failover.ts";
import { MailError, type MailErrorOptions } from "./mail-error.ts";
import { hello, memoryTransport, rejection } from "./memory-transport.fixture.ts";
import type { Transport } from "./transport.ts";

/** A transport whose next answers are told by the test: an error to throw, or nothing. */
const steered = () => {
  let error: MailErrorOptions | undefined;
  let gate: Promise<void> | undefined;
  let calls = 0;
  const transport = memoryTransport({
    name: "relay",
    behaviour: async () => {
      calls++;
      await gate;
      if (error !== undefined) throw new MailError("no", error);
    },
  });
  return {
    transport,
    fail: (options?: MailErrorOptions) => {
      error = options;
    },
    hold: (until: Promise<void>) => {
      gate = until;
    },
    calls: () => calls,
  };
};
const down = { code: "connection" } as const;
const send = (transport: Transport, options = {}) => createMailer({ transport }).send(hello, options);
const sendTimes = async (transport: Transport, times: number) => {
  for (let index = 0; index < times; index++) await rejection(send(transport));
};

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

describe("circuitBreaker", () => {
  test("opens after so many failures in a row, and refuses without asking", async () => {
    const relay = steered();
    const breaker = circuitBreaker(relay.transport, { failures: 3, resetMs: 10_000 });
    relay.fail(down);
    await sendTimes(breaker, 3);
    const error = await rejection(send(breaker));
    expect(relay.calls()).toBe(3);
    expect(error).toMatchObject({
      code: "unavailable",
      scope: "transport",
      delivery: "not_sent",
      retryable: true,
      transport: "relay",
      retryAfterMs: 10_000,
      attempts: [{ transport: "relay", passedOver: true }],
    });
  });

  test("a success in between starts the count anew", async () => {
    const relay = steered();
    const breaker = circuitBreaker(relay.transport, { failures: 2 });
    for (let round = 0; round < 3; round++) {
      relay.fail(down);
      await sendTimes(breaker, 1);
      relay.fail();
      expect((await send(breaker)).status).toBe("sent");
    }
  });

  test.each([
    { code: "recipient_rejected" },
    { code: "invalid_message" },
    { code: "policy_rejected" },
    { code: "authentication" },
    { code: "permission" },
    { code: "configuration" },
    { code: "rate_limited" },
    { code: "quota_exceeded" },
    { code: "aborted" },
  ] as const)("$code does not open it", async (options) => {
    const relay = steered();
    const breaker = circuitBreaker(relay.transport, { failures: 1 });
    relay.fail(options);
    await sendTimes(breaker, 3);
    expect(relay.calls()).toBe(3);
  });

  test("the caller's abort does not open it", async () => {
    let calls = 0;
    const hanging: Transport = {
      ...memoryTransport(),
      send: (_, { signal }) => {
        calls++;
        return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    };
    const breaker = circuitBreaker(hanging, { failures: 1 });
    for (let round = 0; round < 2; round++) {
      const controller = new AbortController();
      const sending = rejection(send(breaker, { signal: controller.signal }));
      await expect.poll(() => calls).toBe(round + 1);
      controller.abort();
      expect(await sending).toMatchObject({ code: "aborted" });
    }
  });

  test("a message that the transport cannot carry does not open it", async () => {
    const breaker = circuitBreaker(memoryTransport({ features: { fields: [] } }), { failures: 1 });
    const mail = { ...hello, sendAt: new Date(Date.now() + 60_000) };
    await rejection(createMailer({ transport: breaker }).send(mail));
    expect((await send(breaker)).status).toBe("sent");
  });

  test("a mail that never has an answer does not keep it shut: after resetMs another one tries", async () => {
    const relay = steered();
    const breaker = circuitBreaker(relay.transport, { failures: 1, resetMs: 1_000 });
    relay.fail(down);
    await sendTimes(breaker, 1);
    const { promise: never, resolve } = Promise.withResolvers<void>();
    relay.hold(never);
    vi.advanceTimersByTime(1_001);
    const hung = rejection(send(breaker));
    await expect.poll(() => relay.calls()).toBe(2);
    expect(await rejection(send(breaker))).toMatchObject({ code: "unavailable", retryAfterMs: expect.any(Number) });
    relay.hold(Promise.resolve());
    relay.fail();
    vi.advanceTimersByTime(1_001);
    expect((await send(breaker)).status).toBe("sent");
    relay.fail(down);
    resolve();
    expect(await hung).toMatchObject({ code: "connection" });
  });

  test("half open, one mail tries and the others are refused until it has an answer", async () => {
    const relay = steered();
    const breaker = circuitBreaker(relay.transport, { failures: 1, resetMs: 1_000 });
    relay.fail(down);
    await sendTimes(breaker, 1);
    vi.advanceTimersByTime(1_001);
    relay.fail();
    const { promise, resolve } = Promise.withResolvers<void>();
    relay.hold(promise);
    const probe = send(breaker);
    await expect.poll(() => relay.calls()).toBe(2);
    expect(await rejection(send(breaker))).toMatchObject({ code: "unavailable" });
    resolve();
    expect((await probe).status).toBe("sent");
    expect((await send(breaker)).status).toBe("sent");
    expect(relay.calls()).toBe(3);
  });

  test("a probe that fails keeps it open for as long again", async () => {
    const relay = steered();
    const breaker = circuitBreaker(relay.transport, { failures: 2, resetMs: 1_000 });
    relay.fail(down);
    await sendTimes(breaker, 2);
    vi.advanceTimersByTime(1_001);
    await sendTimes(breaker, 2);
    expect(relay.calls()).toBe(3);
    vi.advanceTimersByTime(1_001);
    relay.fail();
    expect((await send(breaker)).status).toBe("sent");
  });

  test("a probe that the caller aborts leaves the next mail to find out", async () => {
    const relay = steered();
    const breaker = circuitBreaker(relay.transport, { failures: 1, resetMs: 1_000 });
    relay.fail(down);
    await sendTimes(breaker, 1);
    vi.advanceTimersByTime(1_001);
    relay.fail({ code: "aborted" });
    await sendTimes(breaker, 1);
    relay.fail();
    expect((await send(breaker)).status).toBe("sent");
  });

  test("failover passes on while it is open", async () => {
    const relay = steered();
    relay.fail(down);
    const group = failover([circuitBreaker(relay.transport, { failures: 1 }), memoryTransport({ name: "b" })], {
      cooldownMs: 0,
    });
    await send(group);
    const receipt = await send(group);
    expect(receipt).toMatchObject({ transport: "b", attempts: [{ transport: "relay", passedOver: true }, {}] });
    expect(relay.calls()).toBe(1);
  });

  test("a batch that fails whole counts as one failure, and is refused while it is open", async () => {
    let batches = 0;
    const inner: Transport = {
      ...memoryTransport({ features: { batch: { recipients: 10, bytes: 10_000 } } }),
      sendBatch: () => {
        batches++;
        return Promise.reject(new MailError("no", down));
      },
    };
    const mailer = createMailer({ transport: circuitBreaker(inner, { failures: 2 }) });
    const template = { from: hello.from, subject: "Hi", text: "Hello" };
    const bulk = () => mailer.sendBulk(template, [{ to: "ada@example.com" }, { to: "bob@example.com" }]);
    for (let index = 0; index < 3; index++) expect(await bulk()).toMatchObject({ failed: 2 });
    expect(batches).toBe(2);
  });
});

test.each([
  [{ failures: 0 }, "failures"],
  [{ resetMs: -1 }, "resetMs"],
  [{ threshold: 1 }, "threshold"],
])("%o is refused by name", (options, field) => {
  expect(() => circuitBreaker(memoryTransport(), options as never)).toThrow(
    expect.objectContaining({ code: "configuration", field }),
  );
});
