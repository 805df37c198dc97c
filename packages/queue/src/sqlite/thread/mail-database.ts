import { statSync } from "node:fs";
import type { Call, Exchange, Failure, ThreadSettings } from "../database-calls.ts";
import { addMails } from "./add-mails.ts";
import { bringMailsForward } from "./bring-mails-forward.ts";
import { changeMail } from "./change-mail.ts";
import { DatabaseFailure, failureOf } from "./failure.ts";
import { openDatabase } from "./open-database.ts";
import { addToRate } from "./rate.ts";
import { countJobs, findJob, listJobs, readPause, readPayload } from "./read-mails.ts";
import { setPause } from "./set-pause.ts";
import { renewLeases, settleMails } from "./settle-mails.ts";
import { Statements } from "./statements.ts";
import { SteadyClock } from "./steady-clock.ts";
import { Sweeper } from "./sweeper.ts";
import { takeMails } from "./take-mails.ts";
import { waitWhileBusy } from "./wait-while-busy.ts";
import { Watch } from "./watch.ts";
import type { Damage, WriteTransaction } from "./write-transaction.ts";

/** The open file. Opened when it is first asked for, and again after it was replaced. */
export class MailDatabase {
  readonly #settings: ThreadSettings;
  readonly #wake: () => void;
  readonly #clock: SteadyClock;
  readonly #sweeper: Sweeper;
  readonly #watch: Watch;
  #statements: Statements | undefined;
  #identity = "";
  #wasOpen = false;
  #jumpsSeen = -1;
  readonly #damage: Damage = { mails: new Set(), payloads: new Set() };

  constructor(settings: ThreadSettings, wake: () => void) {
    this.#settings = settings;
    this.#wake = wake;
    this.#clock = new SteadyClock(settings.clockOffset);
    this.#sweeper = new Sweeper(settings);
    this.#watch = new Watch(this.#clock, () => void this.#open(), wake);
  }

  /** Begins a transaction, as soon as nobody else writes. */
  begin(mode: "IMMEDIATE" | "DEFERRED"): void {
    const { database } = this.#open();
    waitWhileBusy(this.#settings.busyTimeoutMs, () => database.exec(`BEGIN ${mode}`));
  }

  /** Carries out calls in the transaction that was begun, and ends it. @returns their results */
  write(calls: readonly Call[]): readonly unknown[] {
    const values = this.#inTransaction((statements) => {
      const rate = { added: 0, sent: 0, dead: 0 };
      const transaction = { statements, clock: this.#clock, now: this.#clock.now(), rate, damage: this.#damage };
      if (this.#jumpsSeen !== this.#clock.jumps) bringMailsForward(transaction);
      const results = calls.map((call) => carryOut(transaction, call));
      this.#sweeper.sweep(transaction);
      addToRate(statements, rate, transaction.now);
      return results;
    });
    this.#jumpsSeen = this.#clock.jumps;
    this.#follow(calls, values);
    return values;
  }

  read(call: Call): unknown {
    return waitWhileBusy(this.#settings.busyTimeoutMs, () => {
      this.begin("DEFERRED");
      return this.#inTransaction((statements) => look(statements, call, this.#clock.now()));
    });
  }

  failure(thrown: unknown): Failure {
    return failureOf(thrown, this.#wasOpen);
  }

  close(): void {
    this.#watch.end();
    this.#statements?.database.close();
    this.#statements = undefined;
  }

  #inTransaction<T>(work: (statements: Statements) => T): T {
    const statements = this.#open();
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
    if (this.#statements !== undefined) {
      if (identityOf(file) === this.#identity) return this.#statements;
      // SQLite would go on writing into the file that nobody can find any more.
      this.close();
      this.#wake();
      throw new DatabaseFailure("replaced", `${file} was removed or replaced while it was open`);
    }
    this.#statements = new Statements(openDatabase(file, busyTimeoutMs));
    this.#identity = identityOf(file);
    this.#wasOpen = true;
    return this.#statements;
  }

  /** Has a worker that found less than it wanted told when there is more. */
  #follow(calls: readonly Call[], values: readonly unknown[]): void {
    let wrote = false;
    for (const [index, call] of calls.entries()) {
      if (call.name !== "exchange") {
        wrote ||= call.name !== "renew";
        continue;
      }
      const { taken } = values[index] as Exchange;
      wrote ||= call.input.settled.length > 0;
      if (taken.length > 0) this.#watch.isBusy();
      if (taken.length < call.input.want && this.#statements !== undefined) this.#watch.begin(this.#statements);
    }
    if (wrote) this.#watch.wrote();
  }
}

function carryOut(transaction: WriteTransaction, call: Call): unknown {
  switch (call.name) {
    case "add":
      return addMails(transaction, call.input);
    case "exchange": {
      const lost = settleMails(transaction, call.input);
      return { lost, ...takeMails(transaction, call.input) } satisfies Exchange;
    }
    case "renew":
      return renewLeases(transaction, call.input);
    case "change":
      return changeMail(transaction, call.input);
    case "setPaused":
      return setPause(transaction, call.input);
    default:
      throw new Error(`${call.name} does not write`);
  }
}

function look(statements: Statements, call: Call, now: number): unknown {
  switch (call.name) {
    case "find":
      return findJob(statements, call.input, now);
    case "payload":
      return readPayload(statements, call.input);
    case "list":
      return listJobs(statements, call.input, now);
    case "counts":
      return countJobs(statements, now);
    case "pausedBy":
      return readPause(statements);
    default:
      throw new Error(`${call.name} writes`);
  }
}

function identityOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? "" : `${found.dev}:${found.ino}`;
}
