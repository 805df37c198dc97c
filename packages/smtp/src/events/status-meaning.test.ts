import { expect, test } from "vitest";
import { meaningOf, statusIn, statusOfReply } from "./status-meaning.ts";

test.each(["5.1.1", "5.1.2", "5.1.3", "5.1.4", "5.1.6", "5.1.10", "5.2.1"])(
  "%s says that the address is dead",
  (code) => {
    expect(meaningOf(code)).toEqual({ reason: "invalid", permanent: true });
  },
);

test.each([
  ["5.1.0", "bounced"],
  ["5.1.7", "other"],
  ["5.1.8", "other"],
  ["5.2.2", "bounced"],
  ["5.2.3", "other"],
  ["5.3.0", "bounced"],
  ["5.3.4", "other"],
  ["5.4.1", "timed_out"],
  ["5.4.4", "bounced"],
  ["5.4.7", "timed_out"],
  ["5.5.2", "other"],
  ["5.6.7", "other"],
  ["5.7.1", "blocked"],
  ["5.7.26", "blocked"],
  ["5.99.99", "bounced"],
  ["5.0.0", "bounced"],
  ["4.1.1", "bounced"],
  ["4.2.1", "bounced"],
  ["4.4.7", "timed_out"],
  ["4.7.1", "blocked"],
  [undefined, "bounced"],
])("%s leaves the address alone, and means %s", (code, reason) => {
  expect(meaningOf(code)).toEqual({ reason, permanent: false });
});

test.each([
  ["5.1.1", "5.1.1"],
  ["5.1.1 (bad destination mailbox)", "5.1.1"],
  ["5.01.001", "5.1.1"],
  ["5.1.10", "5.1.10"],
  ["5.1.1234", undefined],
  ["6.1.1", undefined],
  ["5.1", undefined],
  ["no 5.1.1", undefined],
  ["", undefined],
  [undefined, undefined],
])("the status of %j is %s", (text, status) => {
  expect(statusIn(text)).toBe(status);
});

test.each([
  ["550 5.1.1 no", "5.1.1"],
  ["550-5.1.1 no", "5.1.1"],
  ["550 no 5.1.1", undefined],
  ["450 5.1.1 no", undefined],
  ["5505.1.1", undefined],
  ["550", undefined],
])("the status in the reply %j is %s", (reply, status) => {
  expect(statusOfReply(reply)).toBe(status);
});
