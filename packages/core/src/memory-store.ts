import { MemoryClaims } from "./memory-claims.ts";
import { MemoryLedger } from "./memory-ledger.ts";
import { MemoryLimits } from "./memory-limits.ts";
import { MemorySuppressions } from "./memory-suppressions.ts";
import { MemoryTracking } from "./memory-tracking.ts";
import type { Store } from "./store.ts";

export interface MemoryStoreOptions {
  /** Claims kept at most; beyond it the oldest settled ones are forgotten. Default 100,000. */
  readonly maxClaims?: number | undefined;
  /** Events kept at most, and as many mails; beyond it the oldest are forgotten. Default 100,000. */
  readonly maxEvents?: number | undefined;
}

const defaultMaxClaims = 100_000;
const defaultMaxEvents = 100_000;

/** State of this process alone, gone with it: the default of whatever takes a store. */
export function memoryStore({
  maxClaims = defaultMaxClaims,
  maxEvents = defaultMaxEvents,
}: MemoryStoreOptions = {}): Required<Store> {
  return {
    claims: new MemoryClaims(maxClaims),
    limits: new MemoryLimits(),
    ledger: new MemoryLedger(),
    suppressions: new MemorySuppressions(),
    tracking: new MemoryTracking(maxEvents),
    close: async () => undefined,
  };
}
