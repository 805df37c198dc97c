import { expect, test } from "vitest";
import { mailErrorFromJson, mailErrorToJson } from "./error-json.ts";
import { MailError } from "./mail-error.ts";
import type { Receipt } from "./receipt.ts";
import { receiptFromJson, receiptToJson } from "./receipt-json.ts";

const error = new MailError("450 busy", {
  code: "recipient_rejected",
  retryable: true,
  retryAfterMs: 5,
  delivery: "unknown",
  transport: "relay",
  field: "to[0]",
  response: { smtpCode: 450, enhancedCode: "4.2.1", text: "busy" },
  hint: "Later.",
  cause: new Error("socket"),
});
const attempt = {
  transport: "relay",
  at: new Date(1_700_000_000_000),
  durationMs: 3,
  error,
  passedOver: true,
} as const;

test("an error comes back from JSON as it was, without its cause", () => {
  const full = new MailError("all failed", { code: "unavailable", attempts: [attempt] });
  const back = mailErrorFromJson(JSON.parse(JSON.stringify(mailErrorToJson(full))));
  expect(MailError.is(back)).toBe(true);
  expect(back).toMatchObject({ message: "all failed", code: "unavailable", scope: "transport", retryable: true });
  const [first] = back.attempts;
  expect(first).toMatchObject({ transport: "relay", at: attempt.at, durationMs: 3, passedOver: true });
  const { message, code, retryAfterMs, delivery, field, response, hint } = error;
  expect(first?.error).toMatchObject({ message, code, retryAfterMs, delivery, field, response, hint });
  expect(first?.error?.cause).toBeUndefined();
});

test("a receipt comes back from JSON as it was, without the provider's answer", () => {
  const receipt: Receipt = {
    id: "1",
    status: "sent",
    transport: "relay",
    providerId: "q1",
    messageId: "<1@x>",
    accepted: ["a@x.example"],
    rejected: [{ address: "b@x.example", error }],
    attempts: [attempt],
    dropped: ["tags"],
    raw: { secret: true },
  };
  const text = JSON.stringify(receiptToJson(receipt));
  expect(text).not.toContain("secret");
  const { raw: _, ...rest } = receipt;
  const told = { code: error.code, message: error.message };
  expect(receiptFromJson(JSON.parse(text))).toMatchObject({
    ...rest,
    rejected: [{ address: "b@x.example", error: told }],
    attempts: [{ ...attempt, error: told }],
  });
});
