import type { LedgerCounts } from "@mail/core";
import type { Settlement, StoredJob } from "../job.ts";
import type { JobQuery } from "../queue-engine.ts";
import type { JsonText } from "./json-text.ts";

/** A job without the names of its fields. Its payload is a part of the message's. */
export type PackedJob = readonly [
  id: string,
  key: string | null,
  keyMs: number,
  priority: number,
  dueAt: number,
  record: string,
  start: number,
  end: number,
];

/** A mail that was taken; `seq` is its row. A small payload is the next part of `payloads`, a large one the next of `large`. */
export type PackedMail = readonly [
  seq: number,
  id: string,
  priority: number,
  createdAt: number,
  tries: number,
  record: string,
  interrupted: boolean,
  bytes: number,
];

/** What became of a mail; `dueAt` where it waits again. */
export type PackedSettlement = readonly [
  seq: number,
  state: Settlement["state"],
  record: string,
  dueAt: number | null,
  isTry: boolean,
];

export interface ExchangeInput {
  readonly owner: string;
  readonly leaseMs: number;
  readonly settled: JsonText<readonly PackedSettlement[]>;
  /** How many mails to take. */
  readonly want: number;
}

/** Mails that change threads. */
export interface PackedMails {
  readonly count: number;
  readonly mails: JsonText<readonly PackedMail[]>;
  readonly payloads: Uint8Array;
  readonly large: readonly Uint8Array[];
}

export interface Exchange {
  readonly taken: PackedMails;
  /** Of `settled`, those that another worker has by now. */
  readonly lost: readonly number[];
  /** Of `taken`, those whose row or payload cannot be read as it was written, by id, with what is wrong. */
  readonly damaged: readonly { readonly id: string; readonly problem: string }[];
}

export interface ChangeInput {
  readonly id: string;
  readonly from: readonly string[];
  readonly to: "queued" | "cancelled" | "sent";
  /** The record that `record` was made from. */
  readonly before: string;
  readonly record: string;
}

/** What the database thread does for the engine; each call is part of one transaction. */
interface DatabaseCalls {
  /** @returns for each job the id of the earlier one that counts, or `undefined` where it was added */
  add(jobs: JsonText<readonly PackedJob[]>): readonly (string | undefined)[];
  /** Records settlements and takes mails for the free places, all or nothing. */
  exchange(input: ExchangeInput): Exchange;
  /** @returns the rows that `owner` does not hold any more */
  renew(input: {
    readonly owner: string;
    readonly leaseMs: number;
    readonly seqs: readonly number[];
  }): readonly number[];
  /** `stale` where the record is another one by now. */
  change(input: ChangeInput): "changed" | "refused" | "stale";
  setPaused(reason: string | undefined): void;
  find(id: string): StoredJob | undefined;
  payload(id: string): Uint8Array | undefined;
  list(query: JobQuery): readonly StoredJob[];
  counts(input: undefined): LedgerCounts;
  pausedBy(input: undefined): string | undefined;
}

export type CallName = keyof DatabaseCalls;

export type CallInput<Name extends CallName> = Parameters<DatabaseCalls[Name]>[0];
export type CallResult<Name extends CallName> = ReturnType<DatabaseCalls[Name]>;
export type Call = {
  [Name in CallName]: { readonly id: number; readonly name: Name; readonly input: CallInput<Name> };
}[CallName];

/** Why a call failed. `errcode` is SQLite's extended result code, `errno` the operating system's name of an error. */
export interface Failure {
  readonly kind: "sqlite" | "system" | "foreign" | "newer" | "replaced" | "thread";
  readonly text: string;
  readonly errcode?: number;
  readonly errno?: string;
  /** The file had been open before: what is wrong now is no matter of configuration. */
  readonly wasOpen: boolean;
}

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: Failure };

/** Calls, with the payloads of all jobs that they add in one piece. */
export type ToThread = { readonly calls: readonly Call[]; readonly payloads: Uint8Array } | { readonly close: true };

export type FromThread =
  | { readonly answers: readonly Answer[] }
  /** Something may be there to be taken. */
  | { readonly wake: true };

export interface ThreadSettings {
  /** Absolute path. */
  readonly file: string;
  readonly busyTimeoutMs: number;
  readonly keepMs: number;
  readonly keepDeadMs: number;
  /** How often rows that are no longer wanted are looked for, in milliseconds. */
  readonly sweepEveryMs: number;
  /** Milliseconds that this file's clock is ahead; tests make it jump. */
  readonly clockOffset?: Float64Array;
}
