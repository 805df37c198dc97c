import type {
  Attempt,
  EventHandler,
  Logger,
  MailError,
  Message,
  OnUnsupported,
  PreparedMessage,
  Receipt,
  Suppressions,
  Transport,
} from "@mail/core";
import type { EnqueueRun } from "./enqueue-run.ts";
import type { JobState } from "./job.ts";
import type { BlobStore } from "./payload/blob-store.ts";
import type { EncryptionOptions } from "./payload/payload-cipher.ts";
import type { QueueEngine } from "./queue-engine.ts";
import type { QueueEventName, QueueEvents } from "./queue-events.ts";
import type { QueueRetryOptions } from "./queue-retry.ts";
import type { QueueTransportOptions } from "./queue-transport.ts";

export interface QueueOptions {
  /** `sqlite({ file })`, `bullmq({ url, name })`, `rabbitmq({ url, name, store })`, `nats({ servers, name })`. */
  readonly engine: QueueEngine;
  /** When a mail that failed is tried again. */
  readonly retry?: QueueRetryOptions | undefined;
  /**
   * What becomes of a mail of which it is not known whether it went out. Default `"hold"`: it is kept as `unknown` and
   * reported. `"retry"` sends it again with the same Message-ID, so it may arrive twice.
   */
  readonly onUnknown?: "hold" | "retry" | undefined;
  /**
   * How long an `idempotencyKey` is remembered, in milliseconds, from when its mail is due. Default 604,800,000, seven
   * days.
   */
  readonly keyMs?: number | undefined;
  /** Where large attachments are kept. Default: a folder beside the engine's file, where it has one. */
  readonly blobs?: BlobStore | undefined;
  /** Attachments of more bytes go to `blobs`. Default 262,144. */
  readonly blobFromBytes?: number | undefined;
  /** Encrypts mails at rest. What became of them (times, codes, refused addresses) stays readable. */
  readonly encryption?: EncryptionOptions | undefined;
  /** How long to wait for a broker or database that is away, in milliseconds. Default 0: fail at once. */
  readonly waitMs?: number | undefined;
  /** pino's or console's shape. Default: silent. */
  readonly logger?: Logger | undefined;
}

export interface EnqueueOptions {
  /** Sends it in so many milliseconds. */
  readonly delayMs?: number | undefined;
  /** Sends it then. Default: the message's own. */
  readonly sendAt?: Date | undefined;
  /** Mails with one key are sent once. Default: the message's own. */
  readonly idempotencyKey?: string | undefined;
  /** `high` overtakes all others. Default: the message's own, else `normal`. */
  readonly priority?: "high" | "normal" | "low" | undefined;
  /** `"ignore"` sends to suppressed addresses too, as in a mailer's `send`. Default `"apply"`. */
  readonly suppressions?: "apply" | "ignore" | undefined;
}

/** The same for many, of which each has a key of its own. */
export type EnqueueManyOptions = Omit<EnqueueOptions, "idempotencyKey">;

export interface EnqueueResult {
  /** The mail's id; that of the earlier mail where this is a duplicate. */
  readonly id: string;
  /** True where a mail with this `idempotencyKey` is there already; nothing was added. */
  readonly duplicate: boolean;
}

/** One message of many. */
export type EnqueueOutcome =
  | ({ readonly index: number; readonly ok: true } & EnqueueResult)
  | { readonly index: number; readonly ok: false; readonly error: MailError };

/** What is known of a mail. */
export interface QueuedMail {
  readonly id: string;
  readonly state: JobState;
  readonly priority: "high" | "normal" | "low";
  readonly dueAt: Date;
  readonly createdAt: Date;
  readonly changedAt: Date;
  /** How often somebody began to send it. */
  readonly tries: number;
  /** Every try, with its error. */
  readonly attempts: readonly Attempt[];
  /** Present once it is sent, unless `settle` alone said so. */
  readonly receipt?: Receipt;
  /** Why it is dead, unknown, or waits for another try. */
  readonly error?: MailError;
}

export interface QueueStats {
  readonly queued: number;
  readonly scheduled: number;
  readonly sending: number;
  readonly sent: number;
  readonly unknown: number;
  readonly dead: number;
  readonly cancelled: number;
  /** How long the mail that has been due for longest has waited, in milliseconds; 0 where none waits. */
  readonly oldestMs: number;
  /** In the last minute. */
  readonly perMinute: { readonly enqueued: number; readonly sent: number; readonly dead: number };
  /** Why it is paused. */
  readonly pausedBy?: string;
}

export interface WorkOptions {
  /** Mails sent at once. Default 10. */
  readonly concurrency?: number | undefined;
  /**
   * After how long without a sign of life a worker counts as dead, in milliseconds. Default 30,000; a crashed worker's
   * mails are found within twice as long.
   */
  readonly leaseMs?: number | undefined;
  /** Asked again before each send, but for mails that were sent with `suppressions: "ignore"`. */
  readonly suppressions?: Suppressions | undefined;
  readonly onUnsupported?: OnUnsupported | undefined;
}

export interface CloseOptions {
  /** How long the mails in hand may take before they are aborted, in milliseconds. Default: as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

export interface QueueWorker extends AsyncDisposable {
  /**
   * Takes no more mails and waits for those in hand. After `timeoutMs` they are aborted: what surely was not sent goes
   * back to the queue. Default: waits as long as it takes.
   */
  close(options?: CloseOptions): Promise<void>;
}

export interface ListOptions {
  readonly state: JobState;
  /** At most so many. Default 100. */
  readonly limit?: number | undefined;
  /** The last id of the page before. */
  readonly after?: string | undefined;
}

/** A durable outbox: mails wait here until a worker sends them, and survive a crash of any process. */
export interface Queue extends AsyncDisposable {
  /**
   * Checks a message and keeps it until it is sent.
   * @throws MailError as `mailer.send` does for the message; `unavailable` where the queue cannot be reached
   */
  enqueue(message: Message, options?: EnqueueOptions): Promise<EnqueueResult>;
  /** Many in few round trips; a bad one is its own outcome. An array gives an outcome for each, in its order. */
  enqueueMany(messages: readonly Message[], options?: EnqueueManyOptions): Promise<readonly EnqueueOutcome[]>;
  /**
   * The input is read as it is kept, and memory does not grow with it. What was read when the caller leaves early, or
   * the input fails, is kept.
   */
  enqueueMany(messages: Iterable<Message> | AsyncIterable<Message>, options?: EnqueueManyOptions): EnqueueRun;
  /** The queue as a transport, so that a mailer sends through it: receipts have the status `queued`. */
  transport(options?: QueueTransportOptions): Transport;
  /** Sends mails through a transport until it is closed. */
  work(transport: Transport, options?: WorkOptions): QueueWorker;
  status(id: string): Promise<QueuedMail | undefined>;
  /** Mails in one state, oldest first. */
  list(options: ListOptions): Promise<readonly QueuedMail[]>;
  /** Mails that were given up, with the reason and every try. */
  deadLetters(options?: Omit<ListOptions, "state">): Promise<readonly QueuedMail[]>;
  /** The mail itself, of one that is `dead` or `unknown`. */
  mail(id: string): Promise<PreparedMessage | undefined>;
  stats(): Promise<QueueStats>;
  /** Queues a `dead` or `unknown` mail again, with all its tries to come. @returns false where it is in neither state */
  replay(id: string): Promise<boolean>;
  /** @returns false where it is being sent, was sent, or is not there */
  cancel(id: string): Promise<boolean>;
  /** What became of an `unknown` mail, as a delivery event tells: `sent` ends it, `not_sent` queues it again. */
  settle(id: string, outcome: "sent" | "not_sent"): Promise<boolean>;
  /** Stops all workers, in all processes, after the mails that they have in hand. */
  pause(reason?: string): Promise<void>;
  resume(): Promise<void>;
  /** @returns a function that takes the handler off again */
  on<Name extends QueueEventName>(event: Name, handler: EventHandler<QueueEvents[Name]>): () => void;
  /** Closes workers and engine. */
  close(options?: CloseOptions): Promise<void>;
}
