import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { BatchRequest } from "./batch.ts";
import { createMailer } from "./create-mailer.ts";
import { silentLogger } from "./logger.ts";
import { MailError, type MailErrorOptions } from "./mail-error.ts";
import type { MailerEvents } from "./mailer-events.ts";
import { hello, memoryTransport, rejection } from "./memory-transport.fixture.ts";
import { prepareMessage } from "./prepare-message.ts";
import { retry } from "./retry.ts";
import type { Transport } from "./transport.ts";

const failure = (options: Partial<MailErrorOptions> = {}) => new MailError("no", { code: "unavailable", ...options });
/** Fails as told, one error a try, then takes the mail. */
const failing = (...errors: readonly MailError[]) => {
  const left = [...errors];
  return memoryTransport({
    name: "relay",
    behaviour: () => {
      const error = left.shift();
      if (error !== undefined) throw error;
    },
  });
};
const noWait = { backoff: { initialMs: 0 } } as const;
const context = (signal: AbortSignal = new AbortController().signal) => ({ signal, log: silentLogger });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("retry", () => {
  test("sends the same mail again after a passing failure, and tells every try", async () => {
    const seen: string[] = [];
    const relay = memoryTransport({
      name: "relay",
      behaviour: ({ id, messageId }) => {
        if (seen.push(`${id} ${messageId}`) < 3) throw failure();
      },
    });
    const mailer = createMailer({ transport: retry(relay, noWait) });
    const receipt = await mailer.send(hello);
    expect(new Set(seen)).toHaveLength(1);
    expect(receipt).toMatchObject({ status: "sent", transport: "relay", accepted: ["ada@example.com"] });
    expect(receipt.attempts.map(({ transport, error }) => [transport, error?.code])).toEqual([
      ["relay", "unavailable"],
      ["relay", "unavailable"],
      ["relay", undefined],
    ]);
  });

  test.each([
    ["a failure that stays", { code: "authentication" }],
    ["a refused recipient", { code: "recipient_rejected" }],
    ["a bad message", { code: "invalid_message" }],
    ["an unknown outcome", { code: "connection", delivery: "unknown" }],
  ] as const)("does not try again after %s", async (_, options) => {
    const relay = failing(failure(options));
    const error = await rejection(createMailer({ transport: retry(relay, noWait) }).send(hello));
    expect(error).toMatchObject({ ...options, attempts: [{ transport: "relay" }] });
    expect(relay.sent).toEqual([]);
  });

  test("tries again after an unknown outcome where the app asked for it, and stays unsure if that fails", async () => {
    const unknown = failure({ code: "connection", delivery: "unknown" });
    const sure = failing(unknown);
    await createMailer({ transport: retry(sure, { ...noWait, onUnknown: "retry" }) }).send(hello);
    expect(sure.sent).toHaveLength(1);
    const never = failing(unknown, failure({ code: "authentication" }));
    const error = await rejection(
      createMailer({ transport: retry(never, { ...noWait, onUnknown: "retry" }) }).send(hello),
    );
    expect(error).toMatchObject({ code: "authentication", delivery: "unknown" });
  });

  test("gives up after `attempts` tries with the last failure", async () => {
    const relay = failing(failure(), failure(), failure({ code: "rate_limited" }), failure());
    const error = await rejection(createMailer({ transport: retry(relay, noWait) }).send(hello));
    expect(error).toMatchObject({ code: "rate_limited", retryable: true, attempts: { length: 3 } });
  });

  test("waits longer from try to try, and as long as the other side says", async () => {
    const events: MailerEvents["retrying"][] = [];
    const relay = failing(failure(), failure(), failure({ code: "rate_limited", retryAfterMs: 90_000 }), failure());
    const transport = retry(relay, { attempts: 5, backoff: { initialMs: 100, factor: 3, maxMs: 250, jitter: 0 } });
    const mailer = createMailer({ transport });
    mailer.on("retrying", (event) => void events.push(event));
    const sending = mailer.send(hello);
    await vi.runAllTimersAsync();
    await sending;
    expect(events.map(({ attempt, delayMs, error }) => [attempt, delayMs, error.code])).toEqual([
      [1, 100, "unavailable"],
      [2, 250, "unavailable"],
      [3, 90_000, "rate_limited"],
      [4, 250, "unavailable"],
    ]);
    expect(events[0]).toMatchObject({ transport: "relay", id: expect.any(String), durationMs: expect.any(Number) });
  });

  test("begins no wait that would end after the deadline", async () => {
    const relay = failing(failure({ code: "rate_limited", retryAfterMs: 10_000 }));
    const error = await rejection(createMailer({ transport: retry(relay, { deadlineMs: 9_000 }) }).send(hello));
    expect(error).toMatchObject({ code: "rate_limited", retryAfterMs: 10_000 });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a try that hangs ends after attemptTimeoutMs, and the next one is made", async () => {
    let tries = 0;
    const hanging: Transport = {
      ...memoryTransport(),
      send: (mail, { signal }) =>
        ++tries > 1
          ? Promise.resolve({ status: "sent", accepted: mail.envelope.to, rejected: [] })
          : new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    };
    const settled: Transport = {
      ...hanging,
      send: (mail, own) => hanging.send(mail, own).catch((error) => Promise.reject(new MailError("slow", error))),
    };
    const sending = createMailer({ transport: retry(settled, { attemptTimeoutMs: 1_000 }) }).send(hello);
    await vi.runAllTimersAsync();
    expect((await sending).attempts.map(({ error }) => error?.code)).toEqual(["timeout", undefined]);
  });

  test("an abort ends the wait at once, with every try in the error", async () => {
    const controller = new AbortController();
    const relay = failing(failure());
    const mailer = createMailer({ transport: retry(relay) });
    mailer.on("retrying", () => controller.abort());
    const error = await rejection(mailer.send(hello, { signal: controller.signal }));
    expect(error).toMatchObject({ code: "aborted", delivery: "not_sent", attempts: { length: 1 } });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("where time runs out in a wait, the failure is told and not the clock", async () => {
    const relay = failing(failure({ code: "rate_limited", retryAfterMs: 60_000 }));
    const sending = rejection(createMailer({ transport: retry(relay) }).send(hello, { timeoutMs: 1_000 }));
    await vi.runAllTimersAsync();
    expect(await sending).toMatchObject({ code: "rate_limited", attempts: { length: 1 } });
  });

  test("a function's stream is opened anew for each try, a bare one is not sent twice", async () => {
    const read: string[] = [];
    const reading = () => {
      let tries = 0;
      return memoryTransport({
        behaviour: async ({ attachments: [attachment] }) => {
          read.push(Buffer.from((await attachment?.bytes()) ?? []).toString());
          if (++tries < 2) throw failure();
        },
      });
    };
    const send = (content: Readable | (() => Readable)) =>
      createMailer({ transport: retry(reading(), noWait) }).send({
        ...hello,
        attachments: [{ filename: "a", content }],
      });
    await send(() => Readable.from(["x"]));
    expect(read).toEqual(["x", "x"]);
    expect(await rejection(send(Readable.from(["y"])))).toMatchObject({ code: "unavailable", retryable: false });
    expect(read).toEqual(["x", "x", "y"]);
  });
});

describe("partial acceptance", () => {
  const refused = (address: string, options: Partial<MailErrorOptions>) => ({
    address,
    error: failure({ code: "recipient_rejected", ...options }),
  });
  const people = { ...hello, to: ["ada@example.com", "bob@example.com", "cy@example.com"] };
  /** Takes whom it is told to, try by try. */
  const choosy = (envelopeRecipients: boolean, ...tries: readonly Record<string, Partial<MailErrorOptions>>[]) => {
    const asked: { envelope: readonly string[]; to: readonly string[] }[] = [];
    const transport: Transport = {
      ...memoryTransport({ name: "relay", features: { envelopeRecipients } }),
      async send({ envelope, to }) {
        const refusals = tries[asked.length] ?? {};
        asked.push({ envelope: envelope.to, to: to.map(({ address }) => address) });
        const accepted = envelope.to.filter((address) => refusals[address] === undefined);
        const rejected = envelope.to.flatMap((address) => {
          const options = refusals[address];
          return options === undefined ? [] : [refused(address, options)];
        });
        if (accepted.length === 0) throw rejected[0]?.error;
        return { status: "sent", accepted, rejected, providerId: `q${asked.length}` };
      },
    };
    return { transport, asked };
  };

  test("a retry goes to those alone who were put off", async () => {
    const { transport, asked } = choosy(true, { "bob@example.com": { retryable: true }, "cy@example.com": {} });
    const mailer = createMailer({ transport: retry({ ...transport, label: "first" }, noWait) });
    const labels: string[] = [];
    mailer.on("retrying", (event) => void labels.push(event.transport));
    const receipt = await mailer.send(people);
    expect(labels).toEqual(["first"]);
    expect(asked).toEqual([
      { envelope: people.to, to: people.to },
      { envelope: ["bob@example.com"], to: people.to },
    ]);
    expect(receipt).toMatchObject({
      providerId: "q1",
      accepted: ["ada@example.com", "bob@example.com"],
      rejected: [{ address: "cy@example.com", error: { code: "recipient_rejected" } }],
      attempts: { length: 2 },
    });
  });

  test("a transport that goes by the headers does not see the others", async () => {
    const { transport, asked } = choosy(false, { "bob@example.com": { retryable: true } });
    await createMailer({ transport: retry(transport, noWait) }).send(people);
    expect(asked[1]).toEqual({ envelope: ["bob@example.com"], to: ["bob@example.com"] });
  });

  test("who is put off to the end is told as refused, and nobody's mail is called failed", async () => {
    const never = { "bob@example.com": { retryable: true } };
    const { transport } = choosy(true, never, never, never);
    const receipt = await createMailer({ transport: retry(transport, noWait) }).send(people);
    expect(receipt.rejected).toMatchObject([{ address: "bob@example.com", error: { code: "recipient_rejected" } }]);
    expect(receipt.attempts).toHaveLength(3);
  });

  test("an unknown outcome of the second try is told of those alone whom it was for", async () => {
    const { transport } = choosy(
      true,
      { "bob@example.com": { retryable: true } },
      { "bob@example.com": { code: "connection", delivery: "unknown", retryable: true } },
    );
    const receipt = await createMailer({ transport: retry(transport, noWait) }).send(people);
    expect(receipt.accepted).toEqual(["ada@example.com", "cy@example.com"]);
    expect(receipt.rejected).toMatchObject([{ address: "bob@example.com", error: { delivery: "unknown" } }]);
  });
});

describe("a batch", () => {
  const batching = (sendBatch: NonNullable<Transport["sendBatch"]>): Transport => ({
    ...memoryTransport({ name: "relay", features: { batch: { recipients: 100, bytes: 100_000 } } }),
    sendBatch,
  });
  const addresses = ["ada@example.com", "bob@example.com", "cy@example.com"];
  const template = { from: hello.from, subject: "Hi", text: "Hello" };

  test("is sent again for those alone whose mail failed for a passing reason", async () => {
    const asked: string[][] = [];
    const transport = batching(async ({ recipients }: BatchRequest) => {
      asked.push(recipients.map(({ to }) => to.address));
      return recipients.map(({ id, to }) => {
        const code = { "bob@example.com": "unavailable", "cy@example.com": "permission" }[to.address] as never;
        if (code !== undefined && asked.length === 1) return { id, ok: false, error: failure({ code }) };
        return { id, ok: true, receipt: { status: "sent", accepted: [to.address], rejected: [] } };
      });
    });
    const outcomes = new Map<number, unknown>();
    const run = createMailer({ transport: retry(transport, noWait) }).sendBulk(
      template,
      addresses.map((to) => ({ to })),
    );
    for await (const outcome of run) outcomes.set(outcome.index, outcome);
    expect(asked).toEqual([addresses, ["bob@example.com"]]);
    expect(outcomes.get(0)).toMatchObject({ ok: true, receipt: { attempts: { length: 1 } } });
    expect(outcomes.get(1)).toMatchObject({
      ok: true,
      receipt: { transport: "relay", attempts: [{ error: { code: "unavailable" } }, { transport: "relay" }] },
    });
    expect(outcomes.get(2)).toMatchObject({ ok: false, error: { code: "permission", attempts: { length: 1 } } });
  });

  test("an abort in the wait is the outcome of those who wait", async () => {
    const controller = new AbortController();
    const mailer = createMailer({ transport: retry(batching(async () => Promise.reject(failure()))) });
    mailer.on("retrying", () => controller.abort());
    const codes: string[] = [];
    for await (const outcome of mailer.sendBulk(template, [{ to: "ada@example.com" }], { signal: controller.signal }))
      if (!outcome.ok) codes.push(`${outcome.error.code} ${outcome.error.attempts.length}`);
    expect(codes).toEqual(["aborted 1"]);
  });
});

describe("options", () => {
  test.each([
    [{ attempts: 0 }, "attempts"],
    [{ attempts: 1.5 }, "attempts"],
    [{ deadlineMs: -1 }, "deadlineMs"],
    [{ onUnknown: "next" }, "onUnknown"],
    [{ backoff: { initialMs: "1s" } }, "backoff.initialMs"],
    [{ backoff: { jitter: 2 } }, "backoff.jitter"],
    [{ backoff: { initial: 1 } }, "backoff.initial"],
    [{ retries: 3 }, "retries"],
  ])("%o is refused by name", (options, field) => {
    expect(() => retry(memoryTransport(), options as never)).toThrow(
      expect.objectContaining({ code: "configuration", field }),
    );
  });

  test("what is no transport is refused", () => {
    expect(() => retry({} as never)).toThrow(expect.objectContaining({ code: "configuration", field: "transport" }));
  });
});

test("a wrapper goes by the inner name, and passes verify, check and close on", async () => {
  const seen: string[] = [];
  const inner = memoryTransport({
    label: "eu",
    verify: async () => void seen.push("verify"),
    check: async () => void seen.push("check"),
  });
  const transport = retry(inner);
  await transport.verify?.(context());
  await transport.check?.(prepareMessage(hello), context());
  await transport.close?.();
  expect([transport.name, transport.label, transport.features, transport.retries]).toEqual([
    "memory",
    "eu",
    inner.features,
    true,
  ]);
  expect([seen, inner.closed()]).toEqual([["verify", "check"], 1]);
  const receipt = await createMailer({ use: "a", transports: { a: () => retry(memoryTransport()) } }).send(hello);
  expect(receipt).toMatchObject({ transport: "a", attempts: [{ transport: "a" }] });
});
