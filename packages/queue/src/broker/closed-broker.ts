import { MailError } from "@mail/core";

export function closedBroker(): MailError {
  return new MailError("The queue is closed.", { code: "unavailable", retryable: false, hint: "Open a new one." });
}
