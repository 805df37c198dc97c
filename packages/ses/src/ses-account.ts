import type { GetAccountResponse } from "@aws-sdk/client-sesv2";
import { type Logger, MailError, type SendRate } from "@mail/core";
import { notSes } from "./ses-error.ts";

/**
 * Judges what SES says of the account.
 * @throws MailError `permission` where it may not send at all; the sandbox and a used-up quota are warnings
 */
export function checkAccount(account: GetAccountResponse, log: Logger): void {
  const { SendingEnabled, EnforcementStatus, ProductionAccessEnabled, SendQuota = {} } = account;
  if (typeof SendingEnabled !== "boolean") throw notSes(200, "an account without SendingEnabled", "not_sent");
  if (!SendingEnabled || EnforcementStatus === "SHUTDOWN") {
    throw new MailError("Amazon does not let this account send mail in this region.", {
      code: "permission",
      hint: "Sending is paused: see the SES console for the reason, and the mails that Amazon sent about it.",
    });
  }
  if (ProductionAccessEnabled === false)
    log.warn({ transport: "ses" }, "This SES account is in the sandbox: it sends to verified addresses only.");
  const { Max24HourSend = -1, SentLast24Hours = 0 } = SendQuota;
  if (Max24HourSend >= 0 && SentLast24Hours >= Max24HourSend)
    log.warn({ transport: "ses", Max24HourSend, SentLast24Hours }, "The SES quota of 24 hours is used up.");
}

/**
 * How many recipients the account may send to in a second (`SendQuota.MaxSendRate` of GetAccount, SES API v2). A rate below 1 is
 * one recipient in a longer interval.
 * @throws MailError where the answer has no rate
 */
export function sendRateOf({ SendQuota: { MaxSendRate } = {} }: GetAccountResponse): SendRate {
  if (typeof MaxSendRate !== "number" || !(MaxSendRate > 0))
    throw notSes(200, "an account without MaxSendRate", "not_sent");
  return MaxSendRate < 1
    ? { max: 1, perMs: Math.ceil(1_000 / MaxSendRate) }
    : { max: Math.floor(MaxSendRate), perMs: 1_000 };
}
