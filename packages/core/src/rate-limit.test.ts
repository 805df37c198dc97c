import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createMailer } from "./create-mailer.ts";
import { failover } from "./failover.ts";
import { MailError } from "./mail-error.ts";
import type { MailerEvents } from "./mailer-events.ts";
import { memoryStore } from "./memory-store.ts";
import { type MemoryOptions, memoryTransport, rejection } from "./memory-transport.fixture.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import { rateLimit } from "./rate-limit.ts";
import type { SendOutcome } from "./send-run.ts";
import type { Store } from "./store.ts";
import type { SendRate, Transport } from "./transport.ts";

const template = { from: "hello@acme.example", subject: "Hi", text: "Hello" };
const to = (address: string, fields: object = {}) => ({ ...template, to: address, ...fields });
const ada = to("ada@example.com");

/** Says when each mail came. */
const clocked = (options: MemoryOptions = {}) => {
  const at: number[] = [];
  const transport = memoryTransport({
    name: "relay",
    ...options,
    behaviour: async (mail, context) => {
      at.push(performance.now());
      await options.behaviour?.(mail, context);
    },
  });
  return { transport, at };
};

/** The most that any interval of `perMs` holds. */
const mostPer = (perMs: number, times: readonly number[]) =>
  Math.max(...times.map((start) => times.filter((time) => time >= start && time < start + perMs).length));

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("rateLimit", () => {
  test("no interval holds more than max, however many come at once, and all get through in turn", async () => {
    const { transport, at } = clocked();
    const mailer = createMailer({ transport: rateLimit(transport, { max: 5, perMs: 1_000 }) });
    const sending = Promise.all(Array.from({ length: 23 }, (_, index) => mailer.send(to(`u${index}@example.com`))));
    await vi.runAllTimersAsync();
    await sending;
    expect(mostPer(1_000, at)).toBe(5);
    expect(at.at(-1)).toBeLessThan(4_100 + (at[0] ?? 0));
    expect(transport.sent.map(({ envelope }) => envelope.to[0])).toEqual(
      Array.from({ length: 23 }, (_, index) => `u${index}@example.com`),
    );
    expect(vi.getTimerCount()).toBe(0);
  });

  test("an abort ends a wait at once, and the others keep their turn", async () => {
    const { transport } = clocked();
    const mailer = createMailer({ transport: rateLimit(transport, { max: 1, perMs: 1_000 }) });
    const controller = new AbortController();
    const first = mailer.send(ada);
    const second = rejection(mailer.send(to("bob@example.com"), { signal: controller.signal }));
    const third = mailer.send(to("cy@example.com"));
    await first;
    controller.abort();
    expect(await second).toMatchObject({ code: "aborted", delivery: "not_sent" });
    await vi.runAllTimersAsync();
    await third;
    expect(transport.sent.map(({ envelope }) => envelope.to[0])).toEqual(["ada@example.com", "cy@example.com"]);
  });

  test("one who gives up in front lets the next one through in time", async () => {
    const { transport, at } = clocked();
    const mailer = createMailer({ transport: rateLimit(transport, { max: 1, perMs: 1_000 }) });
    await mailer.send(ada);
    const controller = new AbortController();
    const front = rejection(mailer.send(ada, { signal: controller.signal }));
    const next = mailer.send(ada);
    await vi.advanceTimersByTimeAsync(500);
    controller.abort();
    await front;
    await vi.runAllTimersAsync();
    await next;
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeLessThan(1_010);
  });

  test("timeoutMs reaches the wait", async () => {
    const mailer = createMailer({ transport: rateLimit(clocked().transport, { max: 1, perMs: 60_000 }) });
    await mailer.send(ada);
    const late = rejection(mailer.send(ada, { timeoutMs: 100 }));
    await vi.runAllTimersAsync();
    expect(await late).toMatchObject({ code: "timeout", delivery: "not_sent" });
  });

  test("what the provider asks for is waited for by all", async () => {
    let refusals = 1;
    const { transport, at } = clocked({
      behaviour: () => {
        if (refusals-- > 0) throw new MailError("slow down", { code: "rate_limited", retryAfterMs: 30_000 });
      },
    });
    const mailer = createMailer({ transport: rateLimit(transport, { max: 100 }) });
    expect(await rejection(mailer.send(ada))).toMatchObject({ code: "rate_limited", retryAfterMs: 30_000 });
    const sending = mailer.send(ada);
    await vi.runAllTimersAsync();
    await sending;
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(30_000);
  });

  test("a quota that is used up for hours is passed on, and not waited for", async () => {
    const { transport } = clocked({
      behaviour: () => {
        throw new MailError("tomorrow", { code: "quota_exceeded", retryAfterMs: 3_600_000 });
      },
    });
    const mailer = createMailer({ transport: rateLimit(transport, { max: 10 }) });
    await rejection(mailer.send(ada));
    expect(await rejection(mailer.send(ada))).toMatchObject({ code: "quota_exceeded" });
  });

  test("maxWaitMs makes it fail instead, so that failover passes on", async () => {
    const a = rateLimit(memoryTransport({ name: "a" }), { max: 1, perMs: 60_000, maxWaitMs: 0 });
    const mailer = createMailer({ transport: failover([a, memoryTransport({ name: "b" })]) });
    expect((await mailer.send(ada)).transport).toBe("a");
    expect(await mailer.send(ada)).toMatchObject({
      transport: "b",
      attempts: [{ transport: "a", error: { code: "rate_limited", retryAfterMs: expect.any(Number) } }, {}],
    });
  });

  test.each([
    ["domain", ["ada@a.example", "bob@A.example", "cy@b.example"], [2, 1]],
    ["recipient", ["ada@a.example", "ADA@a.example", "bob@a.example"], [2, 1]],
    [({ tags }: { tags: readonly string[] }) => tags[0] ?? "", ["ada@a.example", "x@b.example", "y@c.example"], [3]],
  ] as const)("by %s each has a limit of its own", async (by, addresses, expected) => {
    const { transport, at } = clocked();
    const mailer = createMailer({ transport: rateLimit(transport, { max: 1, perMs: 1_000, by }) });
    const sending = Promise.all(addresses.map((address) => mailer.send(to(address, { tags: ["t"] }))));
    await vi.runAllTimersAsync();
    await sending;
    const rounds = at.filter((time) => time - (at[0] ?? 0) >= 1_000).length;
    expect(rounds).toBe((expected[0] ?? 0) - 1);
  });

  test("limits with one store and key are one limit", async () => {
    const store = memoryStore();
    const [a, b] = [clocked(), clocked()];
    const options = { max: 1, perMs: 1_000, store, key: "account" };
    const mailers = [a, b].map(({ transport }) => createMailer({ transport: rateLimit(transport, options) }));
    const sending = Promise.all(mailers.map((mailer) => mailer.send(ada)));
    await vi.runAllTimersAsync();
    await sending;
    expect(mostPer(1_000, [...a.at, ...b.at])).toBe(1);
  });

  test("recipients count where asked for, and a mail with more than max takes all places", async () => {
    const { transport, at } = clocked();
    const mailer = createMailer({ transport: rateLimit(transport, { max: 3, perMs: 1_000, count: "recipients" }) });
    const many = { ...template, to: ["a@x.example", "b@x.example"] };
    const tooMany = { ...template, to: ["a", "b", "c", "d"].map((name) => `${name}@x.example`) };
    const sending = Promise.all([many, many, tooMany].map((message) => mailer.send(message)));
    await vi.runAllTimersAsync();
    await sending;
    expect(at.map((time) => Math.floor((time - (at[0] ?? 0)) / 1_000))).toEqual([0, 1, 2]);
  });

  test("tells handlers of a wait, once for each mail", async () => {
    const mailer = createMailer({ transport: rateLimit(memoryTransport(), { max: 1, perMs: 1_000 }) });
    const events: MailerEvents["throttled"][] = [];
    mailer.on("throttled", (event) => void events.push(event));
    const sending = Promise.all([mailer.send(ada), mailer.send(ada), mailer.send(ada)]);
    await vi.runAllTimersAsync();
    const ids = (await sending).map(({ id }) => id);
    expect(events.map(({ id }) => id)).toEqual(ids.slice(1));
    expect(events[0]).toMatchObject({ transport: "memory", waitMs: expect.any(Number) });
  });

  test("a store that cannot be reached is an error before anything is sent", async () => {
    const down = new MailError("no Redis", { code: "unavailable" });
    const store = { limits: { take: () => Promise.reject(down), pause: () => Promise.reject(down) } };
    const { transport } = clocked();
    const error = await rejection(createMailer({ transport: rateLimit(transport, { max: 1, store }) }).send(ada));
    expect(error).toMatchObject({ code: "unavailable", delivery: "not_sent" });
    expect(transport.sent).toEqual([]);
  });
});

describe("a mail merge", () => {
  test("is split so that no part takes more than max, and each part waits", async () => {
    const at: number[] = [];
    const transport: Transport = {
      ...memoryTransport({ features: { batch: { recipients: 100, bytes: 100_000 } } }),
      async sendBatch({ recipients }) {
        at.push(...recipients.map(() => performance.now()));
        return recipients.map(({ id, to: { address } }) => ({
          id,
          ok: true,
          receipt: { status: "sent", accepted: [address], rejected: [] },
        }));
      },
    };
    const people = Array.from({ length: 25 }, (_, index) => ({ to: `u${index}@example.com` }));
    const run = createMailer({ transport: rateLimit(transport, { max: 10, perMs: 1_000 }) }).sendBulk(template, people);
    const summary = Promise.resolve(run);
    await vi.runAllTimersAsync();
    expect(await summary).toEqual({ sent: 25, queued: 0, failed: 0 });
    expect(mostPer(1_000, at)).toBe(10);
  });
});

describe("an account's own rate", () => {
  const withRate = (sendRate: () => Promise<SendRate>) => {
    const { transport, at } = clocked();
    return { transport: { ...transport, sendRate }, at };
  };

  test("is asked once, and counts recipients", async () => {
    const asked = vi.fn(async () => ({ max: 2, perMs: 1_000 }));
    const { transport, at } = withRate(asked);
    const mailer = createMailer({ transport: rateLimit(transport) });
    const pair = { ...template, to: ["a@x.example", "b@x.example"] };
    const sending = Promise.all([mailer.send(pair), mailer.send(pair)]);
    await vi.runAllTimersAsync();
    await sending;
    expect(asked).toHaveBeenCalledTimes(1);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(1_000);
  });

  test("is asked again after an hour, and the old one holds where that fails", async () => {
    const asked = vi
      .fn<() => Promise<SendRate>>()
      .mockResolvedValueOnce({ max: 5, perMs: 1_000 })
      .mockRejectedValue(new MailError("down", { code: "unavailable" }));
    const mailer = createMailer({ transport: rateLimit(withRate(asked).transport) });
    await mailer.send(ada);
    await vi.advanceTimersByTimeAsync(3_600_001);
    expect((await mailer.send(ada)).status).toBe("sent");
    expect(asked).toHaveBeenCalledTimes(2);
  });

  test("is asked again without holding up mails", async () => {
    const { promise: slow, resolve } = Promise.withResolvers<SendRate>();
    const asked = vi
      .fn<() => Promise<SendRate>>()
      .mockResolvedValueOnce({ max: 5, perMs: 1_000 })
      .mockReturnValue(slow);
    const mailer = createMailer({ transport: rateLimit(withRate(asked).transport) });
    await mailer.send(ada);
    await vi.advanceTimersByTimeAsync(3_600_001);
    expect((await mailer.send(ada)).status).toBe("sent");
    expect(asked).toHaveBeenCalledTimes(2);
    resolve({ max: 1, perMs: 1_000 });
  });

  test("that cannot be asked is an error before anything is sent", async () => {
    const { transport } = withRate(async () => {
      throw new MailError("no", { code: "permission", delivery: "unknown" });
    });
    const error = await rejection(createMailer({ transport: rateLimit(transport) }).send(ada));
    expect(error).toMatchObject({ code: "permission", delivery: "not_sent" });
  });

  test("must be told by the transport, or max be given", () => {
    const refused = expect.objectContaining({ code: "configuration", field: "max" });
    expect(() => rateLimit(memoryTransport())).toThrow(refused);
    expect(() => rateLimit(withRate(async () => ({ max: 1, perMs: 1 })).transport, { perMs: 5 })).toThrow(refused);
  });
});

test.each([
  [{ max: 0 }, "max"],
  [{ max: 1, perMs: 0 }, "perMs"],
  [{ max: 1, by: "tenant" }, "by"],
  [{ max: 1, per: 5 }, "per"],
  [{ max: 1, store: {} }, "store"],
])("%o is refused by name", (options, field) => {
  expect(() => rateLimit(memoryTransport(), options as never)).toThrow(
    expect.objectContaining({ code: "configuration", field }),
  );
});

test("a function that gives no key is an error by name", async () => {
  const transport = rateLimit(memoryTransport(), { max: 1, by: () => undefined as never });
  expect(await rejection(createMailer({ transport }).send(ada))).toMatchObject({ code: "configuration", field: "by" });
});

test("a function that throws fails that mail alone, and nothing is sent of it", async () => {
  const by = ({ metadata }: PreparedMessage): string => {
    if (metadata["tenant"] === undefined) throw new TypeError("no tenant");
    return metadata["tenant"];
  };
  const inner = memoryTransport({ features: { batch: { recipients: 100, bytes: 100_000 } } });
  const mailer = createMailer({ transport: rateLimit(inner, { max: 10, by }) });
  const error = { code: "configuration", field: "by", delivery: "not_sent" };
  expect(await rejection(mailer.send(ada))).toMatchObject(error);
  const outcomes = new Map<number, SendOutcome>();
  const recipients = [{ to: "bob@example.com" }, { to: "cy@example.com", metadata: { tenant: "a" } }];
  for await (const outcome of mailer.sendBulk(template, recipients)) outcomes.set(outcome.index, outcome);
  expect(outcomes.get(0)).toMatchObject({ ok: false, error });
  expect(outcomes.get(1)).toMatchObject({ ok: true });
});

describe("a store that takes its time", () => {
  /** A store whose answers the test lets through, one at a time. */
  const slow = () => {
    const inner = memoryStore().limits;
    const asked: (() => void)[] = [];
    const take: Store["limits"]["take"] = async (...given) => {
      await new Promise<void>((resolve) => asked.push(resolve));
      return inner.take(...given);
    };
    const answer = async () => {
      await vi.waitFor(() => expect(asked).not.toHaveLength(0), 15_000);
      asked.shift()?.();
    };
    return { store: { limits: { take, pause: inner.pause.bind(inner) } }, answer };
  };

  test("is no full limit: nobody is called throttled, and nobody gives up after maxWaitMs", async () => {
    const { store, answer } = slow();
    const mailer = createMailer({ transport: rateLimit(memoryTransport(), { max: 10, maxWaitMs: 0, store }) });
    const throttled = vi.fn();
    mailer.on("throttled", throttled);
    const sending = Promise.all([mailer.send(ada), mailer.send(ada), mailer.send(ada)]);
    await vi.advanceTimersByTimeAsync(1_000);
    for (let mails = 0; mails < 3; mails++) await answer();
    expect((await sending).map(({ status }) => status)).toEqual(["sent", "sent", "sent"]);
    expect(throttled).not.toHaveBeenCalled();
  });

  test("and then says that the limit is full: all who wait are told, and those go who may not wait", async () => {
    const { store, answer } = slow();
    const transport = rateLimit(memoryTransport(), { max: 1, perMs: 1_000, maxWaitMs: 1_500, store });
    const mailer = createMailer({ transport });
    const throttled: string[] = [];
    mailer.on("throttled", ({ id }) => void throttled.push(id));
    const first = mailer.send(ada);
    await answer();
    await first;
    const [second, third] = [mailer.send(ada), rejection(mailer.send(ada))];
    await answer();
    await vi.advanceTimersByTimeAsync(1_002);
    expect(throttled).toHaveLength(2);
    await answer();
    expect((await second).status).toBe("sent");
    await answer();
    expect(await third).toMatchObject({ code: "rate_limited", delivery: "not_sent", retryAfterMs: expect.any(Number) });
    expect(vi.getTimerCount()).toBe(0);
  });
});
