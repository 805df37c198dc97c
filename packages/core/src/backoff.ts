import type { OptionRules } from "./option-rules.ts";

/** How long to wait before trying again, where the other side does not say. */
export interface Backoff {
  /** Wait after the first try in milliseconds. Default 1,000. */
  readonly initialMs?: number | undefined;
  /** Longest wait in milliseconds; a longer one that the other side asks for is honoured all the same. Default 60,000. */
  readonly maxMs?: number | undefined;
  /** By how much each wait is longer than the one before. Default 2. */
  readonly factor?: number | undefined;
  /** Share of the wait that is left to chance, so that many senders do not come back at once: 0 to 1. Default 0.5. */
  readonly jitter?: number | undefined;
}

/** The rules of a backoff. */
export const backoffRules: OptionRules<Backoff> = {
  initialMs: { type: "number" },
  maxMs: { type: "number" },
  factor: { type: "number", min: 1 },
  jitter: { type: "number", max: 1 },
};

/** The wait after try number `tries`, counted from 1, in milliseconds. */
export function backoffMs(
  tries: number,
  { initialMs = 1_000, maxMs = 60_000, factor = 2, jitter = 0.5 }: Backoff,
  random: () => number = Math.random,
): number {
  const full = Math.min(maxMs, initialMs * factor ** (tries - 1));
  return full * (1 - jitter * random());
}
