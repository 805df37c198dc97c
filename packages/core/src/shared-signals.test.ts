import { expect, test, vi } from "vitest";
import { createMailer } from "./create-mailer.ts";
import { hello, memoryTransport } from "./memory-transport.fixture.ts";
import { SharedSignals, signalOfAll } from "./shared-signals.ts";

test("a thousand mails at once put one listener on the caller's signal, and take it off again", async () => {
  const { signal } = new AbortController();
  const add = vi.spyOn(signal, "addEventListener");
  const remove = vi.spyOn(signal, "removeEventListener");
  const mailer = createMailer({ transport: memoryTransport() });
  for (const round of [1, 2]) {
    await Promise.all(Array.from({ length: 1_000 }, () => mailer.send(hello, { signal })));
    expect([add.mock.calls.length, remove.mock.calls.length]).toEqual([round, round]);
  }
});

test("an abort reaches all who listen, and nobody who has stopped", () => {
  const signals = new SharedSignals();
  const controller = new AbortController();
  const [first, second, third] = [vi.fn(), vi.fn(), vi.fn()];
  signals.listen(controller.signal, first)();
  signals.listen(controller.signal, second);
  signals.listen(controller.signal, third);
  controller.abort();
  expect([first, second, third].map((listener) => listener.mock.calls.length)).toEqual([0, 1, 1]);
});

test("a signal of all is aborted by the last of them, also where others were aborted before", () => {
  const [one, other] = [new AbortController(), new AbortController()];
  one.abort("first");
  using all = signalOfAll([one.signal, other.signal]);
  expect(all.signal.aborted).toBe(false);
  other.abort("last");
  expect(all.signal.reason).toBe("last");
  using none = signalOfAll([one.signal, other.signal]);
  expect(none.signal.aborted).toBe(true);
});
