import type { LedgerStore } from "./ledger.ts";
import type { SuppressionStore } from "./suppression-store.ts";
import type { TrackingStore } from "./tracking-store.ts";

/** What is known of a claimed key. */
export type ClaimState =
  /** This caller holds it now. */
  | { readonly state: "claimed" }
  /** Another owner is at work, and its lease runs. */
  | { readonly state: "held"; readonly note: string }
  /** An owner let its lease run out without a word: it crashed, or is cut off. */
  | { readonly state: "abandoned"; readonly note: string }
  | { readonly state: "settled"; readonly note: string; readonly result: string };

export interface Claim {
  /** Who claims: unique for each attempt. */
  readonly owner: string;
  /** For how long the claim counts as alive without `renew`, in milliseconds. */
  readonly leaseMs: number;
  /** For how long the key is remembered from now, in milliseconds, and while the lease runs; after that it is free. */
  readonly keepMs: number;
  /** Text that other callers get to see. */
  readonly note: string;
}

/** Keys that one caller at a time works on, and what came of it. */
export interface ClaimStore {
  /**
   * Claims a free key. Atomic: of several callers one gets `claimed`, and the others what is known. The owner that holds
   * it gets `claimed` again, so that a call whose answer was lost may be repeated.
   */
  claim(key: string, claim: Claim): Promise<ClaimState>;
  /** Extends the lease; false where `owner` does not hold the key any more. */
  renew(key: string, owner: string, leaseMs: number): Promise<boolean>;
  /**
   * Records the result, to be kept for `keepMs` from now, and ends the claim. An owner whose lease ran out may still
   * settle; the same result may be settled again. False, and nothing recorded, where `owner` does not hold the key.
   */
  settle(key: string, owner: string, result: string, keepMs: number): Promise<boolean>;
  /** Frees a key that `owner` holds; without an owner whatever its state, by hand. False where there was nothing to free. */
  release(key: string, owner?: string): Promise<boolean>;
}

export interface RateLimit {
  /** Places in each interval of `perMs`. */
  readonly max: number;
  readonly perMs: number;
}

/** Counts what was let through, by key. */
export interface LimitStore {
  /**
   * Takes `count` places at once if no interval of `perMs` would hold more than `max`, and if the key is not paused.
   * Atomic. `count` is at most `max`.
   * @returns 0 where they were taken, else after how many milliseconds to ask again
   */
  take(key: string, limit: RateLimit, count: number): Promise<number>;
  /** Lets nothing through for `ms` milliseconds from now; a longer pause that is there already stays. */
  pause(key: string, ms: number): Promise<void>;
}

/**
 * Whatever remembers, in one place: `memoryStore()`, or SQLite, Redis and PostgreSQL from `@mail/store`. Its methods throw
 * MailError `unavailable` where the store cannot be reached.
 */
export interface Store {
  readonly claims: ClaimStore;
  readonly limits: LimitStore;
  readonly ledger: LedgerStore;
  readonly suppressions: SuppressionStore;
  /** Absent where the store keeps no mails and events, as Redis. */
  readonly tracking?: TrackingStore;
  close(): Promise<void>;
}
