import { statSync } from "node:fs";
import type { Exchange, Failure, ThreadSettings } from "../database-calls.ts";
import { bringMailsForward } from "./bring-mails-forward.ts";
import { carryOut, look, type ReceivedCall } from "./carry-out.ts";
import { DatabaseFailure, failureOf } from "./failure.ts";
import { openDatabase } from "./open-database.ts";
import { RateBook } from "./rate-book.ts";
import { Statements } from "./statements.ts";
import { SteadyClock } from "./steady-clock.ts";
import { Sweeper } from "./sweeper.ts";
import { waitWhileBusy } from "./wait-while-busy.ts";
import { Watch } from "./watch.ts";
import type { Damage } from "./write-transaction.ts";

const rescueEveryMs = 50;

/** The open file. Opened when it is first asked for, and again after it was replaced. */
export class MailDatabase {
  readonly #settings: ThreadSettings;
  readonly #wake: () => void;
  readonly #clock: SteadyClock;
  readonly #sweeper: Sweeper;
  readonly #watch: Watch;
  readonly #rates = new RateBook();
  #statements: Statements | undefined;
  #identity = "";
  #wasOpen = false;
  /** Still to be told to the next who asks. */
  #isReplaced = false;
  #jumpsSeen = -1;
  #flush: NodeJS.Timeout | undefined;
  #lastRescue = Number.NEGATIVE_INFINITY;
  readonly #damage: Damage = { mails: new Set(), payloads: new Set() };

  constructor(settings: ThreadSettings, wake: () => void) {
    this.#settings = settings;
    this.#wake = wake;
    this.#clock = new SteadyClock(settings.clockOffset);
    this.#sweeper = new Sweeper(settings);
    this.#watch = new Watch(this.#clock, () => this.#isThere(), wake);
  }

  /** Begins a transaction, as soon as nobody else writes. */
  begin(mode: "IMMEDIATE" | "DEFERRED"): void {
    const { database } = this.#open();
    waitWhileBusy(this.#settings.busyTimeoutMs, () => database.exec(`BEGIN ${mode}`));
  }

  /** Carries out calls in the transaction that was begun, and ends it. @returns their results */
  write(calls: readonly ReceivedCall[], isLast = false): readonly unknown[] {
    const now = this.#clock.now();
    const rate = { added: 0, sent: 0, dead: 0 };
    const values = this.#inTransaction((statements) => {
      const transaction = {
        statements,
        clock: this.#clock,
        now,
        rate,
        damage: this.#damage,
        mayRescue: () => this.#mayRescue(),
      };
      if (this.#jumpsSeen !== this.#clock.jumps) bringMailsForward(transaction);
      const results = calls.map((call) => carryOut(transaction, call));
      this.#sweeper.sweep(transaction);
      this.#rates.write(statements, now, isLast);
      return results;
    });
    this.#jumpsSeen = this.#clock.jumps;
    this.#rates.committed(rate, now, isLast);
    if (this.#rates.isOpen) this.#flush ??= setTimeout(() => this.#writeRates(), 1000);
    this.#follow(calls, values);
    return values;
  }

  read(call: ReceivedCall): unknown {
    return waitWhileBusy(this.#settings.busyTimeoutMs, () => {
      this.begin("DEFERRED");
      return this.#inTransaction((statements) => look(statements, this.#rates, call, this.#clock.now()));
    });
  }

  failure(thrown: unknown): Failure {
    return failureOf(thrown, this.#wasOpen);
  }

  close(): void {
    this.#writeRates(true);
    this.#letGo();
  }

  #letGo(): void {
    this.#watch.end();
    clearTimeout(this.#flush);
    this.#statements?.database.close();
    this.#statements = undefined;
  }

  /** They are no more than numbers to look at: where they cannot be written, they are left. */
  #writeRates(isLast = false): void {
    this.#flush = undefined;
    if (!this.#rates.isOpen || !this.#isThere()) return;
    try {
      this.begin("IMMEDIATE");
      this.write([], isLast);
    } catch {}
  }

  #inTransaction<T>(work: (statements: Statements) => T): T {
    const statements = this.#statements ?? this.#open();
    try {
      const value = work(statements);
      statements.database.exec("COMMIT");
      return value;
    } catch (thrown) {
      if (statements.database.isTransaction) statements.database.exec("ROLLBACK");
      throw thrown;
    }
  }

  #open(): Statements {
    const { file, busyTimeoutMs } = this.#settings;
    if (this.#statements !== undefined && this.#isThere()) return this.#statements;
    if (this.#isReplaced) {
      this.#isReplaced = false;
      throw new DatabaseFailure("replaced", `${file} was removed or replaced while it was open`);
    }
    this.#statements = new Statements(openDatabase(file, busyTimeoutMs));
    this.#identity = identityOf(file);
    this.#wasOpen = true;
    return this.#statements;
  }

  /** Looks whether the open file is still the one at its path: SQLite would write on where nobody can find it any more. */
  #isThere(): boolean {
    if (this.#statements === undefined) return false;
    if (identityOf(this.#settings.file) === this.#identity) return true;
    this.#isReplaced = true;
    this.#letGo();
    this.#wake();
    return false;
  }

  /** Mails of dead workers are looked for now and then, since that reads all that are being sent. */
  #mayRescue(): boolean {
    const now = performance.now();
    const may = now - this.#lastRescue >= rescueEveryMs;
    if (may) this.#lastRescue = now;
    return may;
  }

  /** Has a worker that found less than it wanted told when there is more. */
  #follow(calls: readonly ReceivedCall[], values: readonly unknown[]): void {
    let wrote = false;
    for (const [index, call] of calls.entries()) {
      if (call.name !== "exchange") {
        wrote ||= call.name !== "renew";
        continue;
      }
      const { taken } = values[index] as Exchange;
      wrote ||= call.input.settled !== "[]";
      if (taken.count > 0) this.#watch.isBusy();
      if (taken.count < call.input.want && this.#statements !== undefined) this.#watch.begin(this.#statements);
    }
    if (wrote) this.#watch.wrote();
  }
}

function identityOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? "" : `${found.dev}:${found.ino}`;
}
