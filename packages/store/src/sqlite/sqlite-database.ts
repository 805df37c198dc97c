import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { StoreCalls } from "../store-calls.ts";
import { sqliteFailure } from "./sqlite-error.ts";
import { openSqlite } from "./sqlite-open.ts";

type Parameters = Readonly<Record<string, SQLInputValue>>;
export type SqliteRow = Readonly<Record<string, SQLOutputValue>>;

/** Statements within one transaction. Named parameters are written `:name`. */
export interface SqliteTransaction {
  /** The time by this host's clock, in milliseconds since 1970; the same throughout a transaction. */
  readonly now: number;
  get(statement: string, parameters: Parameters): SqliteRow | undefined;
  all(statement: string, parameters: Parameters): readonly SqliteRow[];
  /** @returns how many rows it changed */
  run(statement: string, parameters: Parameters): number;
}

/** May be run again, if the first time was rolled back. */
type Work<T> = (transaction: SqliteTransaction) => T;

interface Waiting {
  run(transaction: SqliteTransaction): void;
  committed(): void;
  failed(thrown: unknown): void;
}

/** Calls that share a transaction, at most: the event loop stands still while it runs. */
const longestBatch = 200;

/** One file. Each commit waits for the disk, so what is called at the same time is committed at once. */
export class SqliteDatabase {
  readonly #file: string;
  readonly #calls: StoreCalls;
  readonly #waiting: Waiting[] = [];
  readonly #statements = new Map<string, StatementSync>();
  #opening: Promise<DatabaseSync> | undefined;

  constructor(file: string, timeoutMs: number) {
    this.#file = file;
    this.#calls = new StoreCalls({ timeoutMs, explain: (thrown) => sqliteFailure(thrown, file) });
  }

  /** Runs `work` in a transaction that no other writer is in. */
  async write<T>(work: Work<T>): Promise<T> {
    return await this.#calls.run(async () => {
      const database = await this.#open();
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      let commit = (): void => undefined;
      this.#waiting.push({
        run(transaction) {
          const result = work(transaction);
          commit = () => resolve(result);
        },
        committed: () => commit(),
        failed: reject,
      });
      if (this.#waiting.length === 1) setImmediate(() => this.#flush(database));
      return await promise;
    });
  }

  /** Runs `work`, which changes nothing, beside whoever writes. */
  async read<T>(work: Work<T>): Promise<T> {
    return await this.#calls.run(async () => work(this.#transaction(await this.#open())));
  }

  async close(): Promise<void> {
    await this.#calls.close(async () => {
      this.#statements.clear();
      (await this.#opening)?.close();
    });
  }

  #open(): Promise<DatabaseSync> {
    this.#opening ??= openSqlite(this.#file).catch((thrown: unknown) => {
      this.#opening = undefined;
      throw thrown;
    });
    return this.#opening;
  }

  #flush(database: DatabaseSync): void {
    const batch = this.#waiting.splice(0, longestBatch);
    if (this.#waiting.length > 0) setImmediate(() => this.#flush(database));
    this.#commit(database, batch);
  }

  #commit(database: DatabaseSync, batch: readonly Waiting[]): void {
    try {
      database.exec("BEGIN IMMEDIATE");
    } catch (thrown) {
      for (const call of batch) call.failed(thrown);
      return;
    }
    try {
      const transaction = this.#transaction(database);
      for (const call of batch) call.run(transaction);
      database.exec("COMMIT");
    } catch (thrown) {
      if (database.isTransaction) database.exec("ROLLBACK");
      // Each on its own, so that none fails for another.
      if (batch.length > 1) for (const call of batch) this.#commit(database, [call]);
      else batch[0]?.failed(thrown);
      return;
    }
    for (const call of batch) call.committed();
  }

  #transaction(database: DatabaseSync): SqliteTransaction {
    const prepared = (text: string): StatementSync => {
      const statement = this.#statements.get(text) ?? database.prepare(text);
      this.#statements.set(text, statement);
      return statement;
    };
    return {
      now: Date.now(),
      get: (text, parameters) => prepared(text).get(parameters),
      all: (text, parameters) => prepared(text).all(parameters),
      run: (text, parameters) => Number(prepared(text).run(parameters).changes),
    };
  }
}
