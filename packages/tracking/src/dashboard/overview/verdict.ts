import type { RateLimit } from "./rate-limits.ts";

export type Verdict = "good" | "watch" | "bad" | "few";

/** With fewer cases than these, one more or less would decide. */
const enoughCases = 5;

export interface Judged {
  readonly verdict: Verdict;
  /** The highest limit that is reached. */
  readonly reached?: RateLimit;
  /** From how many mails on a verdict can be given without as many cases. */
  readonly mailsNeeded: number;
}

/**
 * Judges a rate by limits in rising order. Nothing is said where there are fewer than 5 cases and so few mails that the
 * lowest limit stands for fewer than 5, too.
 */
export function judge(cases: number, mails: number, limits: readonly RateLimit[]): Judged {
  const lowest = limits[0]?.share ?? 1;
  const mailsNeeded = Math.ceil(enoughCases / lowest);
  if (mails === 0 || (cases < enoughCases && mails < mailsNeeded)) return { verdict: "few", mailsNeeded };
  const reached = limits.findLast(({ share }) => cases / mails >= share);
  if (reached === undefined) return { verdict: "good", mailsNeeded };
  return { verdict: reached.severity, reached, mailsNeeded };
}
