import type { Statements } from "./statements.ts";
import type { SteadyClock } from "./steady-clock.ts";

/** What a call needs to write. `now` is the same throughout. */
export interface WriteTransaction {
  readonly statements: Statements;
  readonly clock: SteadyClock;
  readonly now: number;
  /** Rows that are left alone, since their place in the file is damaged. */
  readonly unusable: Set<number>;
  /** Counts what happens in this transaction. */
  readonly rate: { added: number; sent: number; dead: number };
}
