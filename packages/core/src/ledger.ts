/** What a queue knows of one mail. `queued` with a `dueAt` to come is a scheduled one. */
export type LedgerState = "queued" | "sending" | "sent" | "unknown" | "dead" | "cancelled";

/** What a ledger holds of one mail. Times are milliseconds since 1970, by the store's clock but for `dueAt`. */
export interface LedgerEntry {
  readonly id: string;
  readonly state: LedgerState;
  /** Small integer; lower goes first. */
  readonly priority: number;
  /** When it is to be sent. */
  readonly dueAt: number;
  readonly createdAt: number;
  readonly changedAt: number;
  /** Who is sending it, and until when that counts without a renewal. Left from the last time where nobody is. */
  readonly owner?: string;
  readonly leasedUntil?: number;
  /** How often somebody began to send it. */
  readonly tries: number;
  /** How often it was taken up again by hand. */
  readonly replays: number;
  /** What became of it so far, as the queue's own text. */
  readonly record: string;
  /** The mail itself, where it waits for somebody to decide. */
  readonly payload?: Uint8Array;
}

export interface NewLedgerEntry {
  readonly id: string;
  /** Of several entries with one key, the first counts. */
  readonly key?: string;
  /** How long the key is remembered from now, in milliseconds. Default: as long as the entry. */
  readonly keyMs?: number;
  readonly priority: number;
  readonly dueAt: number;
  readonly record: string;
}

/** A change of one entry, made only where all of `where` holds at that moment. */
export interface LedgerChange {
  readonly id: string;
  readonly where: {
    readonly states: readonly LedgerState[];
    readonly owner?: string;
    /** Its `dueAt` is not after this moment. */
    readonly dueBy?: number;
    /** Its lease has run out. */
    readonly leaseOver?: true;
    /** It was taken up again by hand less often than this. */
    readonly replaysBelow?: number;
  };
  readonly set: {
    readonly state: LedgerState;
    readonly dueAt?: number;
    /** A new owner, for `ms` milliseconds from now. */
    readonly lease?: { readonly owner: string; readonly ms: number };
    /** Added to `tries`: 1 when a try begins, -1 where it was none after all. */
    readonly tries?: 1 | -1;
    readonly replays?: number;
    readonly record?: string;
    /** `null` lets go of it. */
    readonly payload?: Uint8Array | null;
  };
}

export interface LedgerCounts {
  /** Entries by state; `queued` without those that are scheduled. */
  readonly states: Readonly<Record<LedgerState | "scheduled", number>>;
  /** `dueAt` of the entry that has been due for longest. */
  readonly oldestDueAt?: number;
  /** Entries added, and entries sent or given up, in the last minute. */
  readonly lastMinute: { readonly added: number; readonly sent: number; readonly dead: number };
}

export interface LedgerQuery {
  readonly state: LedgerState | "scheduled";
  /** At most so many. */
  readonly limit: number;
  /** The last id of the page before. */
  readonly after?: string;
}

/**
 * What a message broker does not remember of its mails: states, keys, lists. Each queue has its own, by name. Every list
 * of ids, entries or changes is one round trip.
 */
export interface LedgerStore {
  /**
   * Adds entries. One whose id is there already is left as it is, and one that was a duplicate stays one, for 30 days
   * after it is due: its message may come when the key is long forgotten.
   * @returns for each the id that counts: its own, or that of an earlier entry with the same key
   */
  add(queue: string, entries: readonly NewLedgerEntry[]): Promise<readonly string[]>;
  find(queue: string, ids: readonly string[]): Promise<readonly (LedgerEntry | undefined)[]>;
  /**
   * Makes changes in their order, each atomic.
   * @returns for each the entry as it is now, without its payload, or `undefined` where `where` did not hold
   */
  change(queue: string, changes: readonly LedgerChange[]): Promise<readonly (LedgerEntry | undefined)[]>;
  /** Extends the leases of entries that `owner` is sending. */
  renew(queue: string, ids: readonly string[], owner: string, leaseMs: number): Promise<void>;
  /** Entries in one state, in the order of their ids, without their payloads. */
  list(queue: string, query: LedgerQuery): Promise<readonly LedgerEntry[]>;
  counts(queue: string): Promise<LedgerCounts>;
  /**
   * Forgets entries in `states` that last changed `olderThanMs` ago or earlier, and keys whose time is over: at most
   * `limit` of each. A clock that is put forward makes all of them look old.
   * @returns how many entries or keys, whichever is more: where it is `limit`, there may be others
   */
  prune(queue: string, states: readonly LedgerState[], olderThanMs: number, limit: number): Promise<number>;
  /** Why the queue is paused, `undefined` where it is not; for all processes. */
  pausedBy(queue: string): Promise<string | undefined>;
  /** Pauses with a reason, or goes on with `undefined`. */
  setPaused(queue: string, reason: string | undefined): Promise<void>;
}
