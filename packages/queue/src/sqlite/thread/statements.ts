import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";

export type Row = Readonly<Record<string, SQLOutputValue>>;

/** Prepares each statement once. */
export class Statements {
  readonly database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  get(text: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(text).get(...values);
  }

  all(text: string, ...values: SQLInputValue[]): readonly Row[] {
    return this.#prepare(text).all(...values);
  }

  /** @returns how many rows changed, and the last one that was inserted */
  run(text: string, ...values: SQLInputValue[]): { readonly changes: number; readonly row: number } {
    const { changes, lastInsertRowid } = this.#prepare(text).run(...values);
    return { changes: Number(changes), row: Number(lastInsertRowid) };
  }

  #prepare(text: string): StatementSync {
    const known = this.#prepared.get(text);
    if (known) return known;
    const statement = this.database.prepare(text);
    this.#prepared.set(text, statement);
    return statement;
  }
}
