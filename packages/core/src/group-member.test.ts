import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createMailer } from "./create-mailer.ts";
import { failover } from "./failover.ts";
import { MailError } from "./mail-error.ts";
import { hello, memoryTransport, rejection } from "./memory-transport.fixture.ts";
import { roundRobin } from "./round-robin.ts";
import type { Transport } from "./transport.ts";

const send = (transport: Transport, options = {}, message = {}) =>
  createMailer({ transport }).send({ ...hello, ...message }, options);
/** A transport that hangs while it is told to, and ends when its signal does. */
const hanging = (name: string) => {
  const state = { hangs: true, asked: 0, transport: memoryTransport() as Transport };
  state.transport = memoryTransport({
    name,
    behaviour: async (_, { signal }) => {
      state.asked++;
      if (!state.hangs) return;
      await new Promise((_resolve, reject) => {
        const end = () => reject(new MailError("no answer", { ...signal.reason, delivery: "not_sent" }));
        signal.addEventListener("abort", end);
      });
    },
  });
  return state;
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a member of a group", () => {
  test("that used up a mail's time is tried last, so that the next mail goes out", async () => {
    const group = failover([hanging("a").transport, memoryTransport({ name: "b" })]);
    const late = rejection(send(group, { timeoutMs: 1_000 }));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await late).toMatchObject({ code: "timeout" });
    expect((await send(group, { timeoutMs: 1_000 })).transport).toBe("b");
  });

  test("stays out of service when a caller gives up on a mail that it was given before it failed", async () => {
    const a = hanging("a");
    const group = failover([a.transport, memoryTransport({ name: "b" })], { attemptTimeoutMs: 1_000 });
    const controller = new AbortController();
    const first = send(group);
    await vi.advanceTimersByTimeAsync(500);
    const second = rejection(send(group, { signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(500);
    expect((await first).transport).toBe("b");
    controller.abort();
    expect(await second).toMatchObject({ code: "aborted" });
    expect((await send(group)).transport).toBe("b");
    expect(a.asked).toBe(2);
  });

  test("is tried again by the next mail where the one that was to find out was aborted", async () => {
    const a = hanging("a");
    const group = failover([a.transport, memoryTransport({ name: "b" })], {
      attemptTimeoutMs: 1_000,
      cooldownMs: 5_000,
    });
    const first = send(group);
    await vi.advanceTimersByTimeAsync(1_000);
    await first;
    await vi.advanceTimersByTimeAsync(5_001);
    const controller = new AbortController();
    const probe = rejection(send(group, { signal: controller.signal }));
    await vi.advanceTimersByTimeAsync(0);
    controller.abort();
    await probe;
    a.hangs = false;
    expect((await send(group)).transport).toBe("a");
  });
});

test("round-robin shares the turns of a member that is out of service among the others, by weight", async () => {
  const down = memoryTransport({
    name: "a",
    behaviour: () => {
      throw new MailError("down", { code: "connection" });
    },
  });
  const group = roundRobin([down, memoryTransport({ name: "b" }), memoryTransport({ name: "c" })], {
    weights: [2, 1, 1],
  });
  await send(group);
  const seen: string[] = [];
  for (let mails = 0; mails < 8; mails++) seen.push((await send(group)).transport);
  expect([seen.filter((name) => name === "b").length, seen.filter((name) => name === "c").length]).toEqual([4, 4]);
});

test.each([[undefined], ["ab"], [null]])("round-robin of %o is a configuration error", (members) => {
  expect(() => roundRobin(members as never)).toThrow(expect.objectContaining({ code: "configuration" }));
  expect(() =>
    roundRobin([memoryTransport()], { weights: members === undefined ? ({} as never) : (members as never) }),
  ).toThrow(expect.objectContaining({ code: "configuration", field: "weights" }));
});
