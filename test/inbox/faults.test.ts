import type { MailErrorCode } from "@mail/core";
import { type FaultRule, type Inbox, startInbox, type Via } from "@mail/inbox";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { failureBy, sendBy, transports } from "./send-by.ts";

let inbox: Inbox;
beforeEach(async () => {
  inbox = await startInbox({ port: 0 });
});
afterEach(() => inbox.close());

interface Expected {
  readonly code: MailErrorCode;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  readonly delivery?: "not_sent" | "unknown";
}

describe.each(transports)("an address that plays a fault, by %s", (via) => {
  const api = via !== "smtp";
  const cases: readonly (readonly [string, Expected])[] = [
    // SES refuses no recipient by itself but those that its sandbox wants verified first.
    ["reject", { code: via === "ses" ? "permission" : "recipient_rejected", retryable: false }],
    ["throttle", { code: "rate_limited", retryable: true, ...(api && { retryAfterMs: 2_000 }) }],
    ["throttle+7", { code: "rate_limited", retryable: true, ...(api && { retryAfterMs: 7_000 }) }],
    ["ratelimit", { code: "rate_limited", retryable: true }],
    ["quota", { code: "quota_exceeded" }],
    ["toolarge", { code: "message_too_large", retryable: false }],
    ["auth", { code: "authentication", retryable: false }],
    ["forbidden", { code: "permission", retryable: false }],
  ];

  test.each(cases)("%s@ is the same error everywhere", async (name, expected) => {
    expect(await failureBy(via, inbox, { to: `${name}@example.com` })).toMatchObject({
      delivery: "not_sent",
      transport: via,
      ...expected,
    });
    expect(inbox.messages()).toEqual([]);
  });

  test.each(["unavailable", "greylist"])("%s@ may be tried again", async (name) => {
    expect(await failureBy(via, inbox, { to: `${name}@example.com` })).toMatchObject({ retryable: true });
    expect(inbox.messages()).toEqual([]);
  });

  test("greylist@ takes the mail the second time", async () => {
    const changes = { to: "greylist@example.com" };
    await failureBy(via, inbox, changes);
    const { id } = await sendBy(via, inbox, changes);
    expect(inbox.messages()).toMatchObject([{ mailId: id }]);
  });

  test("drop@ breaks the connection, and nothing arrives", async () => {
    expect(await failureBy(via, inbox, { to: "drop@example.com" })).toMatchObject({ code: "connection" });
    expect(inbox.messages()).toEqual([]);
  });

  test("lost@ leaves the outcome open although the mail arrives", async () => {
    const error = await failureBy(via, inbox, { to: "lost@example.com" });
    expect(error).toMatchObject({ code: "connection", delivery: "unknown" });
    expect(inbox.messages()).toMatchObject([{ via, subject: "Your order" }]);
  });

  test("slow@ outlasts the app's time limit, and the outcome is open", async () => {
    const error = await failureBy(via, inbox, { to: "slow+600000@example.com" }, { timeoutMs: 3_000 });
    expect(error).toMatchObject({ code: "timeout", delivery: "unknown" });
  });

  test("bounce@ is accepted: providers learn of it later", async () => {
    const receipt = await sendBy(via, inbox, { to: "bounce@example.com" });
    expect(receipt).toMatchObject({ status: "sent", accepted: ["bounce@example.com"] });
  });
});

test("by SMTP one bad address does not keep the others from the mail", async () => {
  const receipt = await sendBy("smtp", inbox, { to: ["ada@example.com", "reject@example.com", "busy@example.com"] });
  expect(receipt).toMatchObject({
    accepted: ["ada@example.com"],
    rejected: [
      { address: "reject@example.com", error: { code: "recipient_rejected", retryable: false } },
      { address: "busy@example.com", error: { code: "recipient_rejected", retryable: true } },
    ],
  });
});

describe("a rule", () => {
  test.each<readonly [FaultRule, Via, Expected]>([
    [
      { stage: "connect", action: { type: "reply", code: 554, enhancedCode: "5.7.1" } },
      "smtp",
      { code: "policy_rejected" },
    ],
    [{ stage: "mail", action: { type: "reply", code: 451, enhancedCode: "4.3.2" } }, "smtp", { code: "unavailable" }],
    [{ stage: "data", action: { type: "reply", code: 421, enhancedCode: "4.3.2" } }, "smtp", { code: "unavailable" }],
    [
      { stage: "body", action: { type: "reply", code: 554, enhancedCode: "5.7.1" } },
      "smtp",
      { code: "policy_rejected" },
    ],
    [{ stage: "body", action: { type: "drop", afterBytes: 100 } }, "smtp", { code: "connection", delivery: "unknown" }],
    [{ stage: "request", action: { type: "status", status: 503 } }, "sendgrid", { code: "unavailable" }],
    [{ stage: "request", action: { type: "status", status: 500 } }, "mailgun", { code: "unavailable" }],
    [{ stage: "request", action: { type: "status", status: 429, retryAfter: 3 } }, "ses", { code: "rate_limited" }],
  ])("%j is the right error by %s", async (rule, via, expected) => {
    inbox.faults.add({ via, ...rule });
    expect(await failureBy(via, inbox)).toMatchObject(expected);
    expect(inbox.messages()).toEqual([]);
    expect(inbox.faults.list()).toMatchObject([{ asked: 1, struck: 1 }]);
  });

  test.each(transports)("strikes the first time only, and no other inbox, by %s", async (via) => {
    const stage = via === "smtp" ? "rcpt" : "request";
    inbox.faults.add({ via, stage, action: { type: "drop" }, first: 1 });
    await using other = await startInbox({ port: 0 });
    await failureBy(via, inbox);
    await sendBy(via, inbox);
    await sendBy(via, other);
    expect([inbox.messages().length, other.messages().length]).toEqual([1, 1]);
  });
});
