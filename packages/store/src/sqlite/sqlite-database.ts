import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
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

/** Work in parts: at each `yield` the event loop goes on. */
export type SqliteSteps<T> = Generator<undefined, T, undefined>;

interface Waiting {
  /** For how many calls it counts. */
  readonly weight: number;
  readonly signal: AbortSignal;
  run(transaction: SqliteTransaction): SqliteSteps<void> | undefined;
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
  #flushing: Promise<void> | undefined;
  /** The transaction that is under way while the event loop goes on: what it has written is not to be read yet. */
  #stepping: Promise<void> | undefined;

  constructor(file: string, timeoutMs: number) {
    this.#file = file;
    this.#calls = new StoreCalls({ timeoutMs, explain: (thrown) => sqliteFailure(thrown, file) });
  }

  /** Runs `work` in a transaction that no other writer is in. */
  async write<T>(work: Work<T>): Promise<T> {
    return await this.#enqueue<T>(1, (transaction, done) => {
      done(work(transaction));
      return undefined;
    });
  }

  /**
   * As `write`, for what takes longer: all of it is still one transaction.
   * @param weight for how many calls it counts
   */
  async writeInSteps<T>(work: Work<SqliteSteps<T>>, weight: number): Promise<T> {
    return await this.#enqueue<T>(weight, function* (transaction, done) {
      done(yield* work(transaction));
    });
  }

  /** Runs `work`, which changes nothing, beside whoever writes. */
  async read<T>(work: Work<T>): Promise<T> {
    return await this.#calls.run(async () => {
      const database = await this.#open();
      while (this.#stepping !== undefined) await this.#stepping;
      return work(this.#transaction(database));
    });
  }

  async close(): Promise<void> {
    await this.#calls.close(async () => {
      await this.#flushing;
      this.#statements.clear();
      (await this.#opening)?.close();
    });
  }

  async #enqueue<T>(
    weight: number,
    work: (transaction: SqliteTransaction, done: (result: T) => void) => SqliteSteps<void> | undefined,
  ): Promise<T> {
    return await this.#calls.run(async (_, signal) => {
      const database = await this.#open();
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      let commit = (): void => undefined;
      this.#waiting.push({
        weight,
        signal,
        run: (transaction) =>
          work(transaction, (result) => {
            commit = () => resolve(result);
          }),
        committed: () => commit(),
        failed: reject,
      });
      this.#flushing ??= this.#flush(database);
      return await promise;
    });
  }

  #open(): Promise<DatabaseSync> {
    this.#opening ??= openSqlite(this.#file).catch((thrown: unknown) => {
      this.#opening = undefined;
      throw thrown;
    });
    return this.#opening;
  }

  async #flush(database: DatabaseSync): Promise<void> {
    while (this.#waiting.length > 0) {
      await nextTurn();
      let weight = 0;
      const end = this.#waiting.findIndex((call) => {
        weight += call.weight;
        return weight >= longestBatch;
      });
      await this.#commit(database, this.#waiting.splice(0, end === -1 ? this.#waiting.length : end + 1));
    }
    this.#flushing = undefined;
  }

  async #commit(database: DatabaseSync, batch: readonly Waiting[]): Promise<void> {
    try {
      database.exec("BEGIN IMMEDIATE");
    } catch (thrown) {
      for (const call of batch) call.failed(thrown);
      return;
    }
    try {
      await this.#run(database, batch);
    } catch (thrown) {
      // Each on its own, so that none fails for another.
      if (batch.length > 1) for (const call of batch) await this.#commit(database, [call]);
      else batch[0]?.failed(thrown);
      return;
    }
    for (const call of batch) call.committed();
  }

  async #run(database: DatabaseSync, batch: readonly Waiting[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stepping = promise;
    try {
      const transaction = this.#transaction(database);
      for (const call of batch) {
        const steps = call.run(transaction);
        while (steps !== undefined && !steps.next().done) {
          await nextTurn();
          call.signal.throwIfAborted();
        }
      }
      database.exec("COMMIT");
    } finally {
      if (database.isTransaction) database.exec("ROLLBACK");
      this.#stepping = undefined;
      resolve();
    }
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
