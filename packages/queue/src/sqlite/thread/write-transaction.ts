import type { Statements } from "./statements.ts";
import type { SteadyClock } from "./steady-clock.ts";

/**
 * Rows that are left alone since their place in the file is damaged. Where SQLite meets damage it lets the transaction
 * do nothing more, so it is noted, and the transaction is repeated without it.
 */
export interface Damage {
  readonly mails: Set<number>;
  readonly payloads: Set<number>;
}

/** What a call needs to write. `now` is the same throughout. */
export interface WriteTransaction {
  readonly statements: Statements;
  readonly clock: SteadyClock;
  readonly now: number;
  readonly damage: Damage;
  /** Whether to look for mails whose worker died. */
  readonly mayRescue: () => boolean;
  /** Counts what happens in this transaction. */
  readonly rate: { added: number; sent: number; dead: number };
}
