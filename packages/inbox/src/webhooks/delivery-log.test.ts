import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Via } from "../caught-mail.ts";
import { DeliveryLog, type Outgoing } from "./delivery-log.ts";
import { shortSchedule } from "./retry-habits.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function deliveryLog(): DeliveryLog {
  return new DeliveryLog({ retryDelaysMs: shortSchedule, maxDeliveries: 10, maxBytes: 1000 });
}

function outgoing(via: Via, statuses: number[], body = "{}"): Outgoing {
  const send = async () => ({ status: statuses.shift() ?? 500 });
  return { via, mailId: "one", action: "open", url: "http://127.0.0.1/", body, headers: () => ({}), send };
}

test.each<[Via, readonly number[]]>([
  ["sendgrid", [10, 20, 40, 80, 160]],
  ["mailgun", [5, 10, 15, 60, 120, 240]],
  ["ses", [20, 20, 20]],
  ["smtp", [10, 30, 60]],
])("%s comes again after %j seconds, and then no more", async (via, delays) => {
  const log = deliveryLog();
  await log.deliver(outgoing(via, via === "smtp" ? [450, 450, 450, 450] : []));
  for (const [index, seconds] of delays.entries()) {
    await vi.advanceTimersByTimeAsync(seconds * 1000 - 1);
    expect(log.list()).toMatchObject([{ state: "pending", attempts: { length: index + 1 } }]);
    await vi.advanceTimersByTimeAsync(1);
    expect(log.list()).toMatchObject([{ attempts: { length: index + 2 } }]);
  }
  expect(log.list()).toMatchObject([{ state: "failed" }]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a replay takes the place of the retry that was to come", async () => {
  const log = deliveryLog();
  const { id } = await log.deliver(outgoing("sendgrid", [500, 500, 500, 200]));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await log.replay(id)).toMatchObject({ state: "pending", attempts: { length: 3 } });
  expect(vi.getTimerCount()).toBe(1);
  expect(await log.replay(id)).toMatchObject({ state: "delivered", attempts: { length: 4 } });
  expect(vi.getTimerCount()).toBe(0);
});

test("closing cancels all retries", async () => {
  const log = deliveryLog();
  await log.deliver(outgoing("sendgrid", []));
  await log.deliver(outgoing("mailgun", []));
  expect(vi.getTimerCount()).toBe(2);
  await log.close();
  expect(vi.getTimerCount()).toBe(0);
  expect(log.list().map(({ state }) => state)).toEqual(["failed", "failed"]);
});

test("the oldest leave when the bodies are too large, and take their retries along; the newest stays", async () => {
  const log = deliveryLog();
  await log.deliver(outgoing("sendgrid", [], "x".repeat(600)));
  await log.deliver(outgoing("sendgrid", [200], "y".repeat(600)));
  expect(log.list().map(({ id }) => id)).toEqual(["webhook-2"]);
  expect(vi.getTimerCount()).toBe(0);
  await log.deliver(outgoing("sendgrid", [200], "z".repeat(2000)));
  expect(log.list().map(({ id }) => id)).toEqual(["webhook-3"]);
});
