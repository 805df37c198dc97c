import type { Via } from "../caught-mail.ts";
import type { WebhookDelivery } from "../webhook.ts";

/** Waiting times in ms before the second, third … attempt. */
export type RetrySchedule = Readonly<Record<Via, readonly number[]>>;

/**
 * The providers' schedules, with a minute of theirs taken for a second where they last hours: SendGrid with growing gaps
 * for 24 hours, Mailgun after 5, 10, 15 minutes, 1, 2 and 4 hours ("Automatic Retries"), SNS three times 20 seconds
 * apart ("Message delivery retries"), a mail server with growing gaps for days.
 */
export const shortSchedule: RetrySchedule = {
  sendgrid: [10_000, 20_000, 40_000, 80_000, 160_000],
  mailgun: [5_000, 10_000, 15_000, 60_000, 120_000, 240_000],
  ses: [20_000, 20_000, 20_000],
  smtp: [10_000, 30_000, 60_000],
};

/** What an answer means; `undefined` is none, as after a timeout. */
export type Verdict = "delivered" | "retry" | "failed";

export function verdictOn(status: number | undefined, via: Via, action: WebhookDelivery["action"]): Verdict {
  if (status !== undefined && status >= 200 && status < 300) return "delivered";
  return isFinal(status, via, action) ? "failed" : "retry";
}

function isFinal(status: number | undefined, via: Via, action: WebhookDelivery["action"]): boolean {
  switch (via) {
    case "sendgrid":
      return false;
    // "For any other code, Mailgun will retry … for webhooks other than the delivery notification."
    case "mailgun":
      return status === 406 || action === "deliver";
    // Errors of the client's kind are not tried again.
    case "ses":
      return status !== undefined && status >= 400 && status < 500 && status !== 429;
    case "smtp":
      return status !== undefined && status >= 500;
  }
}
