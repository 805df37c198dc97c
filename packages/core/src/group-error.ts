import { amendError, type MailError } from "./mail-error.ts";
import { wasNotAsked } from "./not-asked.ts";
import type { Attempt } from "./receipt.ts";

/**
 * One error that shows each member's.
 * @param errors one for each member that was asked, in order
 * @param memberCount members in all. Where the last one found fault with the mail, or may have sent it, or the caller took
 *   the mail from it, that stopped it, whoever else was out of order; else a member that is out of order is what to mend
 *   or to wait for.
 */
export function joinErrors(errors: readonly MailError[], memberCount: number, attempts: readonly Attempt[]): MailError {
  const all = errors.length === memberCount;
  const last = errors.at(-1) as MailError;
  const outOfOrder =
    mayAskNext(last) && last.code !== "aborted" ? errors.find(({ scope }) => scope === "transport") : last;
  const main = (all ? outOfOrder : last) ?? (errors[0] as MailError);
  if (errors.length === 1) return amendError(main, { attempts });
  const asked = all ? `All ${memberCount}` : `${errors.length} of ${memberCount}`;
  const reasons = errors.map(({ transport, code, message }) => `${transport} (${code}): ${message}`);
  const waits = errors.flatMap(({ retryable, retryAfterMs = 0 }) => (retryable ? [retryAfterMs] : []));
  const shortest = waits.length === 0 ? 0 : Math.min(...waits);
  return amendError(main, {
    message: `${asked} transports failed: ${reasons.join("; ")}`,
    retryable: main.scope === "transport" ? waits.length > 0 : main.retryable,
    delivery: errors.some(({ delivery }) => delivery === "unknown") ? "unknown" : "not_sent",
    retryAfterMs: shortest > 0 ? shortest : undefined,
    attempts,
  });
}

/** Only a transport's own fault is a reason to ask another one, and never when the mail may be on its way. */
export function mayAskNext(error: MailError, onUnknown: "stop" | "next" = "stop"): boolean {
  if (error.delivery === "unknown" && onUnknown === "stop") return false;
  return error.scope === "transport" || wasNotAsked(error);
}

/** The tries behind an error; where there were none, that the transport was passed over. */
export function attemptsOf(error: MailError, attempt: Attempt): readonly Attempt[] {
  return error.attempts.length > 0 ? error.attempts : [{ ...attempt, error, passedOver: true }];
}
