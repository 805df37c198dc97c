import type { LedgerCounts, MailError } from "@mail/core";
import type { AddedJob, JobState, NewJob, Settlement, StoredJob, TakenJob } from "./job.ts";

export interface EngineWork {
  /** Mails in `handle` at once. */
  readonly concurrency: number;
  /** After how long without a sign of life a try counts as cut off, in milliseconds. */
  readonly leaseMs: number;
  /**
   * Sends one mail and says what becomes of it. The engine has marked it `sending` before, keeps its lease alive
   * meanwhile, and records the settlement, again and again while it cannot be recorded. Never rejects.
   */
  readonly handle: (job: TakenJob) => Promise<Settlement>;
  /** Told of trouble with the broker or database, which the engine goes on trying to overcome. */
  readonly onError: (error: MailError) => void;
}

/** Takes mails and sends them until it is closed. */
export interface EngineWorker {
  /** Takes no more mails, and waits until those that it holds are settled. */
  close(): Promise<void>;
}

export interface JobQuery {
  readonly state: JobState;
  /** At most so many. */
  readonly limit: number;
  /** The last id of the page before. */
  readonly after?: string;
}

/** A change that somebody wants from outside a worker. */
export interface JobChange {
  readonly from: readonly JobState[];
  readonly to: "queued" | "cancelled" | "sent";
  /** Makes the new record from the one that is there. */
  readonly record: (before: string) => string;
}

/**
 * Keeps mails and hands each to one worker at a time; the queue itself decides what is sent and tried again. A mail that
 * was added survives a crash of any process. One that was being sent when its worker died is handed on as `interrupted`,
 * within twice `leaseMs`. All methods throw MailError `unavailable` where the broker or database cannot be reached.
 */
export interface QueueEngine {
  readonly name: string;
  /** Largest payload in bytes; some know it only once they are connected. Default: none. */
  readonly maxPayloadBytes?: number | undefined;
  /** Where attachments are kept unless the queue is told otherwise: a folder beside the engine's own file. */
  readonly blobFolder?: string;
  /** Keeps mails, all in one round trip. Durable once resolved. */
  add(jobs: readonly NewJob[]): Promise<readonly AddedJob[]>;
  work(work: EngineWork): EngineWorker;
  find(id: string): Promise<StoredJob | undefined>;
  /** The payload of a mail that is `dead` or `unknown`. */
  payload(id: string): Promise<Uint8Array | undefined>;
  /** Mails in one state, in the order of their ids, which is that of time. */
  list(query: JobQuery): Promise<readonly StoredJob[]>;
  counts(): Promise<LedgerCounts>;
  /** False where the mail is in none of `from`, or not there. */
  change(id: string, change: JobChange): Promise<boolean>;
  /** Why it is paused, for all processes; `undefined` where it is not. */
  pausedBy(): Promise<string | undefined>;
  /** Hands out no more mails, or goes on with `undefined`; takes effect in every process within a second or so. */
  setPaused(reason: string | undefined): Promise<void>;
  /** Closes its workers, then lets go of connections. */
  close(): Promise<void>;
}
