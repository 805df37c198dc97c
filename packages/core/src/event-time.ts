import { misconfigured } from "./configuration-error.ts";
import { MailEventError } from "./mail-event-error.ts";

/** How far a provider's clock may be ahead of ours, in milliseconds. */
export const eventClockSkewMs = 300_000;

const dayMs = 86_400_000;
const earliest = Date.UTC(2000, 0);

/** Checks the age limit of an event source; `Infinity` is none. @throws MailError `configuration` */
export function checkMaxAge(maxAgeMs: unknown): void {
  if (typeof maxAgeMs !== "number" || !(maxAgeMs >= 1))
    throw misconfigured("maxAgeMs", "must be a number of milliseconds, 1 or more", "Leave it out for the default.");
}

/**
 * The time that a provider signed, where it is neither older than `maxAgeMs` nor ahead of our clock.
 * @param seconds since 1970, digits alone
 * @throws MailEventError `stale`
 */
export function signedTime(seconds: string, maxAgeMs: number, field: string): Date {
  const at = new Date(Number(seconds) * 1000);
  const ageMs = Date.now() - at.getTime();
  if (ageMs >= -eventClockSkewMs && ageMs <= maxAgeMs) return at;
  const problem = ageMs > 0 ? "is older than maxAgeMs allows" : "lies in the future";
  throw new MailEventError(`${field}: the time of the signature ${problem}`, {
    code: "stale",
    field,
    hint: "Where reports that are new are refused, set the clock of this machine.",
  });
}

/**
 * When an event happened, cut to milliseconds, from seconds since 1970 as a number or text. Where they are missing or
 * absurd, before 2000 or to come, the event happened when it was reported at the latest.
 */
export function eventTime(seconds: unknown, reportedAt: Date): Date {
  const number = typeof seconds === "string" ? Number.parseFloat(seconds) : seconds;
  if (typeof number !== "number") return reportedAt;
  // Whole microseconds first: a product of floats may fall just short of its millisecond.
  const ms = Math.floor(Math.round(number * 1e6) / 1e3);
  return ms >= earliest && ms <= Date.now() + dayMs ? new Date(ms) : reportedAt;
}
