import { describe, expect, onTestFinished, test, vi } from "vitest";
import { abortError } from "./abort.ts";
import { createMailer } from "./create-mailer.ts";
import { failover } from "./failover.ts";
import { MailError, type MailErrorOptions } from "./mail-error.ts";
import { hello, type MemoryTransport, memoryTransport, rejection } from "./memory-transport.fixture.ts";
import { roundRobin } from "./round-robin.ts";
import type { Transport } from "./transport.ts";

/** A transport that fails so often before it works. */
function failing(
  label: string,
  options: MailErrorOptions,
  times = Number.POSITIVE_INFINITY,
): MemoryTransport & { calls: () => number } {
  let calls = 0;
  const behaviour = () => {
    if (calls++ < times) throw new MailError(`${label} fails`, options);
  };
  return { ...memoryTransport({ label, behaviour }), calls: () => calls };
}

const send = (transport: Transport, message: object = {}, options = {}) =>
  createMailer({ transport }).send({ ...hello, ...message }, options);

describe("failover", () => {
  test("asks the next where the transport itself failed, with every attempt in the receipt", async () => {
    const b = memoryTransport({ label: "b" });
    const receipt = await send(failover([failing("a", { code: "unavailable" }), b]));
    expect(receipt).toMatchObject({
      transport: "b",
      attempts: [{ transport: "a", error: { code: "unavailable" } }, { transport: "b" }],
    });
    expect(receipt.attempts[1]).not.toHaveProperty("error");
    expect(b.sent).toHaveLength(1);
  });

  test.each([
    ["a bad recipient", { code: "recipient_rejected" }],
    ["a bad message", { code: "policy_rejected" }],
    ["an unknown outcome", { code: "connection", delivery: "unknown" }],
  ] as const)("does not ask the next for %s, and keeps the first in service", async (_name, options) => {
    const a = failing("a", options, 1);
    const b = memoryTransport({ label: "b" });
    const group = failover([a, b]);
    expect(await rejection(send(group))).toMatchObject({
      code: options.code,
      transport: "a",
      attempts: [{ transport: "a" }],
    });
    expect(b.sent).toEqual([]);
    if (options.code !== "connection") expect((await send(group)).transport).toBe("a");
  });

  test("an unknown outcome goes to the next where the app asked for it", async () => {
    const group = failover(
      [failing("a", { code: "connection", delivery: "unknown" }), memoryTransport({ label: "b" })],
      { onUnknown: "next" },
    );
    expect((await send(group)).transport).toBe("b");
  });

  test("returns to the first when it is well again", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    try {
      const a = failing("a", { code: "connection" }, 1);
      const group = failover([a, memoryTransport({ label: "b" })], { cooldownMs: 1_000 });
      expect((await send(group)).transport).toBe("b");
      expect((await send(group)).transport).toBe("b");
      expect(a.calls()).toBe(1);
      vi.advanceTimersByTime(1_001);
      expect((await send(group)).transport).toBe("a");
    } finally {
      vi.useRealTimers();
    }
  });

  test("one mail at a time tries a member that was out of service; the others go on with the next", async () => {
    const answers: (() => void)[] = [];
    let down = true;
    const first = memoryTransport({
      name: "first",
      behaviour: async () => {
        if (down) throw new MailError("down", { code: "connection" });
        await new Promise<void>((resolve) => answers.push(resolve));
      },
    });
    const second = memoryTransport({ name: "second" });
    const mailer = createMailer({ transport: failover([first, second], { cooldownMs: 60_000 }) });
    await mailer.send(hello);
    down = false;
    vi.spyOn(performance, "now").mockReturnValue(performance.now() + 60_001);
    onTestFinished(() => void vi.restoreAllMocks());
    const probe = mailer.send(hello);
    await expect.poll(() => answers).toHaveLength(1);
    expect((await mailer.send(hello)).transport).toBe("second");
    answers[0]?.();
    expect((await probe).transport).toBe("first");
    const next = mailer.send(hello);
    await expect.poll(() => answers).toHaveLength(2);
    answers[1]?.();
    expect((await next).transport).toBe("first");
  });

  test("tells handlers that another transport is asked, and why", async () => {
    const mailer = createMailer({
      transport: failover([failing("first", { code: "connection" }), memoryTransport({ name: "second" })]),
    });
    const events: unknown[] = [];
    mailer.on("failedOver", (event) => void events.push(event));
    const { id } = await mailer.send(hello);
    expect(events).toMatchObject([
      { id, transport: "first", next: "second", durationMs: expect.any(Number), error: { code: "connection" } },
    ]);
  });

  test("when all fail, one error shows each", async () => {
    const group = failover([
      failing("a", { code: "rate_limited", retryAfterMs: 9 }),
      failing("b", { code: "authentication" }),
    ]);
    const error = await rejection(send(group));
    expect(error).toMatchObject({
      code: "rate_limited",
      retryable: true,
      retryAfterMs: 9,
      attempts: [{ transport: "a" }, { transport: "b" }],
    });
    expect((error as Error).message).toContain("a (rate_limited): a fails; b (authentication): b fails");
  });

  test("passes over a transport that cannot carry the mail, and says so", async () => {
    const poor = memoryTransport({ label: "poor", features: { fields: [] } });
    const rich = memoryTransport({ label: "rich" });
    const group = failover([poor, rich]);
    const receipt = await send(group, { sendAt: new Date(Date.now() + 60_000) });
    expect(receipt).toMatchObject({
      transport: "rich",
      attempts: [{ transport: "poor", error: { code: "unsupported", field: "sendAt" } }, { transport: "rich" }],
    });
    expect((await send(group)).transport).toBe("poor");
  });

  test("a hung member does not eat the whole budget", async () => {
    const hung = memoryTransport({
      label: "hung",
      behaviour: (_mail, { signal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(abortError(signal)))),
    });
    const receipt = await send(failover([hung, memoryTransport({ label: "b" })], { attemptTimeoutMs: 5 }));
    expect(receipt).toMatchObject({ transport: "b", attempts: [{ error: { code: "timeout" } }, {}] });
  });

  test("the caller's abort ends it", async () => {
    const b = memoryTransport({ label: "b" });
    const controller = new AbortController();
    const behaviour = () => {
      controller.abort();
      throw new MailError("gone", { code: "connection" });
    };
    await rejection(send(failover([memoryTransport({ behaviour }), b]), {}, { signal: controller.signal }));
    expect(b.sent).toEqual([]);
  });

  test("a stream that the first has read is not sent half by the second", async () => {
    const b = memoryTransport({ label: "b" });
    const reading = memoryTransport({
      label: "a",
      behaviour: async ({ attachments }) => {
        await attachments[0]?.bytes();
        throw new MailError("busy", { code: "unavailable" });
      },
    });
    const error = await rejection(
      send(failover([reading, b]), { attachments: [{ filename: "a.txt", content: new Blob(["x"]).stream() }] }),
    );
    expect(error).toMatchObject({ code: "unavailable", retryable: false, hint: expect.stringContaining("function") });
    expect(b.sent).toEqual([]);
  });

  test("groups nest", async () => {
    const inner = failover([failing("a", { code: "dns" }), failing("b", { code: "tls" })]);
    const receipt = await send(failover([inner, memoryTransport({ label: "c" })]));
    expect(receipt.attempts.map(({ transport }) => transport)).toEqual(["a", "b", "c"]);
    expect(receipt.transport).toBe("c");
  });

  test("a nested group that cannot carry the mail is passed over", async () => {
    const only = (field: "attachments" | "sendAt") => memoryTransport({ label: field, features: { fields: [field] } });
    const all = memoryTransport({ label: "all" });
    const message = { sendAt: new Date(Date.now() + 60_000), attachments: [{ content: "x" }] };
    expect((await send(failover([failover([only("attachments"), only("sendAt")]), all]), message)).transport).toBe(
      "all",
    );
  });

  test("a transport that is down stays the error where the next one cannot carry the mail", async () => {
    const poor = memoryTransport({ label: "poor", features: { fields: [] } });
    const group = failover([failing("a", { code: "connection" }), poor]);
    const error = await rejection(send(group, { sendAt: new Date(Date.now() + 60_000) }));
    expect(error).toMatchObject({ code: "connection", scope: "transport", retryable: true });
  });

  test("a refused recipient is the error, and says how many were asked", async () => {
    const group = failover([
      failing("a", { code: "connection" }),
      failing("b", { code: "recipient_rejected" }),
      memoryTransport(),
    ]);
    const error = await rejection(send(group));
    expect(error).toMatchObject({
      code: "recipient_rejected",
      retryable: false,
      message: expect.stringContaining("2 of 3"),
    });
  });

  test("verify and close reach every member, and features are the union", async () => {
    const verify = vi.fn(async () => {});
    const a = memoryTransport({ label: "a", verify, features: { fields: ["tags"], recipients: 10, bytes: 5 } });
    const b = memoryTransport({
      label: "b",
      verify: () => Promise.reject(new MailError("no", { code: "authentication" })),
      features: { fields: ["sendAt"], recipients: 50 },
    });
    const group = failover([a, b]);
    expect(group.features).toMatchObject({ fields: ["tags", "sendAt"], recipients: 50 });
    expect(group.features).not.toHaveProperty("bytes");
    expect(await rejection(createMailer({ transport: group }).verify())).toMatchObject({
      code: "authentication",
      transport: "b",
    });
    expect(verify).toHaveBeenCalledOnce();
    await group.close?.();
    expect([a.closed(), b.closed()]).toEqual([1, 1]);
  });

  test.each([
    [[], {}, "transports"],
    [[memoryTransport()], { retries: 1 }, "retries"],
    [[memoryTransport()], { cooldownMs: -1 }, "cooldownMs"],
    [[memoryTransport()], { onUnknown: "retry" }, "onUnknown"],
    ["x", {}, "transports"],
    [[{}], {}, "transports[0]"],
    [[memoryTransport(), undefined], {}, "transports[1]"],
  ])("bad arguments are named", (members, options, field) => {
    expect(() => failover(members as never, options as object)).toThrow(
      expect.objectContaining({ code: "configuration", field }),
    );
  });
});

describe("roundRobin", () => {
  const labels = async (group: Transport, count: number) => {
    const seen: string[] = [];
    for (let n = 0; n < count; n++) seen.push((await send(group)).transport);
    return seen;
  };

  test("takes turns", async () => {
    const group = roundRobin([memoryTransport({ label: "a" }), memoryTransport({ label: "b" })]);
    expect(await labels(group, 4)).toEqual(["a", "b", "a", "b"]);
  });

  test("takes turns by weight, evenly spread", async () => {
    const group = roundRobin([memoryTransport({ label: "a" }), memoryTransport({ label: "b" })], { weights: [3, 1] });
    expect(await labels(group, 8)).toEqual(["a", "a", "b", "a", "a", "a", "b", "a"]);
  });

  test("goes on to the next where one fails", async () => {
    const group = roundRobin([failing("a", { code: "unavailable" }), memoryTransport({ label: "b" })]);
    expect(await labels(group, 3)).toEqual(["b", "b", "b"]);
  });

  test.each([[[1]], [[1, 0]], [[1, Number.NaN]]])("weights %o are refused", (weights) => {
    expect(() => roundRobin([memoryTransport(), memoryTransport()], { weights })).toThrow(
      expect.objectContaining({ field: "weights" }),
    );
  });
});
