import { quietly } from "./logger.ts";
import type { DeliveryEventName, MailerEvents } from "./mailer-events.ts";
import type { TransportContext } from "./transport.ts";

const messages: Readonly<Record<DeliveryEventName, string>> = {
  retrying: "The mail was not sent; trying again",
  failedOver: "The transport did not take the mail; trying the next one",
  throttled: "The mail waits for a rate limit",
};

/** Tells log and event handlers what happens to a mail on its way. */
export function tell<Name extends DeliveryEventName>(
  { log, emit }: TransportContext,
  name: Name,
  event: MailerEvents[Name],
): void {
  const { id, error, ...fields } = { error: undefined, ...event };
  const failure = error === undefined ? {} : { code: error.code, reason: error.message };
  quietly(() => log[name === "throttled" ? "info" : "warn"]({ mailId: id, ...fields, ...failure }, messages[name]));
  quietly(() => emit?.(name, event));
}
