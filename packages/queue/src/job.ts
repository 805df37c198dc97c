import type { LedgerState } from "@mail/core";

/** `scheduled` is queued for a time to come. `unknown`: a send was cut off, so it may have gone out. `dead`: given up. */
export type JobState = LedgerState | "scheduled";

/** A mail to keep until it is sent. */
export interface NewJob {
  /** The mail's own id (UUIDv7). */
  readonly id: string;
  /** Of several jobs with one key, the first counts. */
  readonly key?: string;
  /** How long the key is remembered, in milliseconds. */
  readonly keyMs: number;
  /** 0 high, 1 normal, 2 low. */
  readonly priority: number;
  /** Milliseconds since 1970. */
  readonly dueAt: number;
  readonly payload: Uint8Array;
  /** What became of it so far, as the queue's own text; engines keep it and do not look into it. */
  readonly record: string;
}

export interface AddedJob {
  /** The id that counts: the job's own, or that of an earlier one with the same key. */
  readonly id: string;
  readonly duplicate: boolean;
}

/** What an engine knows of a mail. */
export interface StoredJob {
  readonly id: string;
  readonly state: JobState;
  readonly priority: number;
  readonly dueAt: number;
  readonly createdAt: number;
  readonly changedAt: number;
  /** How often somebody began to send it. */
  readonly tries: number;
  readonly record: string;
}

/** A mail that a worker holds, and that is marked `sending`. */
export interface TakenJob {
  readonly id: string;
  readonly priority: number;
  readonly createdAt: number;
  /** This try included. */
  readonly tries: number;
  readonly record: string;
  readonly payload: Uint8Array;
  /** True where an earlier try was cut off, so that it is not known whether the mail went out. */
  readonly interrupted: boolean;
}

/** What becomes of a mail that a worker held. */
export type Settlement = (
  | { readonly state: "sent" | "cancelled" }
  /** Kept with its payload until somebody decides. */
  | { readonly state: "dead" | "unknown" }
  /** `isTry: false` where the mail was given back unsent, by nobody's fault. */
  | { readonly state: "queued"; readonly dueAt: number; readonly isTry: boolean }
) & {
  readonly record: string;
  /** Called by the engine once it is recorded. Never throws. */
  readonly recorded?: () => void;
};
