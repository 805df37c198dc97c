import { expect, test } from "vitest";
import { longestDelayMs, rabbitmqNames, routeOf } from "./rabbitmq-topology.ts";

const names = rabbitmqNames("q");

test.each([
  [-5, "", "mail.q.2"],
  [0, "", "mail.q.2"],
  [1, "mail.q.wait.00", `${"0.".repeat(19)}1.2`],
  [100, "mail.q.wait.00", `${"0.".repeat(19)}1.2`],
  [101, "mail.q.wait.01", `${"0.".repeat(18)}1.0.2`],
  [1_300, "mail.q.wait.03", `${"0.".repeat(16)}1.1.0.1.2`],
  [longestDelayMs, "mail.q.wait.19", `${"1.".repeat(20)}2`],
  [1e15, "mail.q.wait.19", `${"1.".repeat(20)}2`],
])("leads a mail that is due in %i ms to %s", (delayMs, exchange, routingKey) => {
  expect(routeOf(names, 2, delayMs)).toEqual({ exchange, routingKey });
});

test("reaches further than a day", () => {
  expect(longestDelayMs).toBeGreaterThan(86_400_000);
});

test.each([
  [-1, "mail.q.0"],
  [1, "mail.q.1"],
  [9, "mail.q.2"],
])("has a queue for priority %i", (priority, routingKey) => {
  expect(routeOf(names, priority, 0)).toEqual({ exchange: "", routingKey });
});
