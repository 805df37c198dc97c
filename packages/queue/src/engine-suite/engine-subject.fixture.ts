import type { QueueEngine } from "../queue-engine.ts";

/** A module that opens an engine; loaded by the suite and by the child processes that it starts and kills. */
export interface EngineModule {
  /** Opens an engine on a storage, as one process more would. */
  openEngine(storage: string): Promise<QueueEngine>;
}

export interface EngineStorage {
  /** Where it is, in any form that the module's `openEngine` reads. */
  readonly name: string;
  /** False while somebody keeps all others out, as a process does that was suspended in the middle of a write to SQLite. */
  isFree?(): Promise<boolean>;
  /** Called when all engines on it are closed. */
  remove(): Promise<void>;
}

export interface EngineSubject {
  /** The file URL of an `EngineModule`, such as `import.meta.resolve("./sqlite-engine.fixture.ts")`. */
  readonly module: string;
  /** Makes an empty storage: a file, a queue of its own on a broker. */
  createStorage(): Promise<EngineStorage>;
  /** An engine whose database or broker cannot be reached, with the shortest time limit that it has. */
  openUnreachable?(): Promise<QueueEngine>;
  /** The shortest lease that a busy machine keeps reliably, in milliseconds. Default: 1,000. */
  readonly leaseMs?: number;
  /** After how long a pause has reached every process, in milliseconds. Default: 2,500. */
  readonly pauseMs?: number;
  /** True where mails are taken exactly by priority, then `dueAt`, then id. Default: false, higher priorities soon overtake. */
  readonly strictOrder?: boolean;
  /** Where the server's own limit is less than a mebibyte. */
  readonly largestPayloadBytes?: number;
  /** Time limit of one case in milliseconds. Default: 60,000. */
  readonly timeoutMs?: number;
  /** Time limit of the case with 10,000 mails in milliseconds. Default: 240,000. */
  readonly volumeTimeoutMs?: number;
}
