export { closeOnSignals, type SignalOptions } from "./close-on-signals.ts";
export { createQueue } from "./create-queue.ts";
export type { EnqueueRun, EnqueueSummary } from "./enqueue-run.ts";
export type { AddedJob, JobState, NewJob, Settlement, StoredJob, TakenJob } from "./job.ts";
export type { BlobStore } from "./payload/blob-store.ts";
export { folderBlobs } from "./payload/folder-blobs.ts";
export type { EncryptionOptions } from "./payload/payload-cipher.ts";
export type {
  CloseOptions,
  EnqueueManyOptions,
  EnqueueOptions,
  EnqueueOutcome,
  EnqueueResult,
  ListOptions,
  Queue,
  QueuedMail,
  QueueOptions,
  QueueStats,
  QueueWorker,
  WorkOptions,
} from "./queue.ts";
export type { EngineWork, EngineWorker, JobChange, JobQuery, QueueEngine } from "./queue-engine.ts";
export type { QueueEventName, QueueEvents, QueueProgress } from "./queue-events.ts";
export type { QueueRetryOptions } from "./queue-retry.ts";
export type { QueueTransportOptions } from "./queue-transport.ts";
