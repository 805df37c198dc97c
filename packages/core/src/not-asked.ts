import { amendError, MailError } from "./mail-error.ts";
import type { Attempt } from "./receipt.ts";

/** The error of a mail for which the transport was not asked, with an attempt that says so. */
export function notAsked(
  error: MailError,
  transport: string,
  { at, durationMs }: Pick<Attempt, "at" | "durationMs">,
): MailError {
  const own = amendError(error, { transport, attempts: [] });
  return amendError(own, { attempts: [{ transport, at, durationMs, error: own, passedOver: true }] });
}

/** True where no transport, nor any member of a nested group, was given the mail. */
export function wasNotAsked({ attempts }: MailError): boolean {
  return attempts.every(({ passedOver }) => passedOver);
}

/** True where the caller's signal ended a wait before a transport was asked; what a store throws is something else. */
export function gaveUpWaiting(thrown: unknown, { aborted }: AbortSignal): thrown is MailError {
  return aborted && MailError.is(thrown) && thrown.delivery === "not_sent";
}
