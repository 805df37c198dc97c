import { type Attempt, MailError, type Receipt } from "@mail/core";
import { expect, test } from "vitest";
import type { ReceivedMail } from "./servers/received-mail.ts";
import { problemsIn } from "./verdict.ts";

const ada = "ada@example.com";
const arrived: ReceivedMail = { recipients: [ada], mailId: "1", messageId: "<1@acme.example>", accepted: true };
const attempt = (options: Partial<Attempt> = {}): Attempt => ({
  transport: "a",
  at: new Date(0),
  durationMs: 1,
  ...options,
});
const receipt = (attempts: readonly Attempt[] = [attempt()]): Receipt => ({
  id: "1",
  status: "sent",
  transport: "a",
  accepted: [ada],
  rejected: [],
  attempts,
});
const failure = (delivery: MailError["delivery"], more: { readonly retryAfterMs?: number } = {}) =>
  new MailError("no", { code: "connection", delivery, attempts: [attempt()], ...more });

test("a receipt for the one copy that is there is true", () => {
  expect(problemsIn(receipt(), [arrived], {})).toEqual([]);
});

test("a receipt for what is not there is a lost mail", () => {
  expect(problemsIn(receipt(), [{ ...arrived, accepted: false }], {})).toEqual([`lost: ${ada}`]);
});

test("two copies are one too many, unless the app asked for another try after an unknown outcome", () => {
  const twice = [arrived, arrived];
  const afterUnknown = receipt([attempt({ error: failure("unknown") }), attempt({ at: new Date(10) })]);
  expect(problemsIn(receipt(), twice, { optIn: true })).toHaveLength(1);
  expect(problemsIn(afterUnknown, twice, {})).toEqual([`doubled: ${ada} has 2 copies`]);
  expect(problemsIn(afterUnknown, twice, { optIn: true })).toEqual([]);
});

test("an error may only say that nothing was sent where nothing is there", () => {
  expect(problemsIn(failure("not_sent"), [arrived], {})).toEqual(["told not sent, but it was accepted"]);
  expect(problemsIn(failure("unknown"), [arrived], {})).toEqual([]);
});

test("every try is the same mail", () => {
  const other = { ...arrived, mailId: "2", messageId: "<2@acme.example>", accepted: false };
  expect(problemsIn(receipt(), [other, arrived], {})).toEqual([
    "the tries differ in X-Mail-Id",
    "the tries differ in Message-ID",
  ]);
});

test("no try comes before the time that the other side asked for", () => {
  const asked = attempt({ error: failure("not_sent", { retryAfterMs: 1_000 }) });
  const early = receipt([asked, attempt({ at: new Date(500) })]);
  const inTime = receipt([asked, attempt({ at: new Date(1_001) })]);
  expect(problemsIn(early, [arrived], {})).toEqual(["tried again too early"]);
  expect(problemsIn(inTime, [arrived], {})).toEqual([]);
});
