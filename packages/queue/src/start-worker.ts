import {
  checkOptions,
  type Emitter,
  type Logger,
  type MailError,
  misconfigured,
  type Transport,
  timeLimitRule,
  toMailError,
} from "@mail/core";
import type { Settlement, TakenJob } from "./job.ts";
import { sweepBlobs } from "./payload/blob-sweep.ts";
import type { PayloadCodec } from "./payload/payload-codec.ts";
import type { CloseOptions, QueueWorker, WorkOptions } from "./queue.ts";
import type { QueueEngine } from "./queue-engine.ts";
import type { QueueEvents } from "./queue-events.ts";
import type { QueueRetry } from "./queue-retry.ts";
import { sendJob } from "./send-job.ts";
import { SetupFaults } from "./setup-faults.ts";

export interface WorkerParts {
  readonly engine: QueueEngine;
  readonly codec: PayloadCodec;
  /** Whether the blob store is this queue's own. */
  readonly ownsBlobs: boolean;
  readonly retry: QueueRetry;
  readonly onUnknown: "hold" | "retry";
  readonly events: Emitter<QueueEvents>;
  readonly log: Logger;
}

const rules = {
  concurrency: { type: "integer", min: 1 },
  leaseMs: { ...timeLimitRule, min: 100 },
  suppressions: { type: "object" },
  onUnsupported: { type: "string", oneOf: ["error", "drop"] },
} as const;

/** @throws MailError `configuration` that names the option */
export function checkCloseOptions(options: CloseOptions): void {
  checkOptions("close", options, { timeoutMs: { ...timeLimitRule, min: 0 } });
}

/** Sends mails of a queue through a transport until it is closed. @throws MailError `configuration` */
export function startWorker(parts: WorkerParts, transport: Transport, options: WorkOptions): QueueWorker {
  checkOptions("work", options, rules);
  if (typeof transport?.send !== "function")
    throw misconfigured("transport", "is no transport", "Pass what smtp(), ses(), failover() and the like return.");
  const { engine, events, log } = parts;
  const { concurrency = 10, leaseMs = 30_000, suppressions, onUnsupported } = options;
  if (transport.retries) warnOfRetries(log);
  const controller = new AbortController();
  const faults = new SetupFaults();
  const progress = { sent: 0, retried: 0, dead: 0, unknown: 0, sending: 0 };

  const pause = async (id: string, error: MailError): Promise<void> => {
    try {
      if ((await engine.pausedBy()) !== undefined) return;
      const reason = `${error.code}: ${error.message} (mail ${id})`;
      await engine.setPaused(reason);
      log.error({ code: error.code, hint: error.hint }, `The queue is paused: ${error.message}`);
      events.emit("paused", { reason, error });
    } catch (thrown) {
      events.emit("error", { error: toMailError(thrown) });
    }
  };
  const handle = async (job: TakenJob): Promise<Settlement> => {
    progress.sending++;
    const settlement = await sendJob(job, {
      ...parts,
      transport,
      suppressions,
      onUnsupported,
      signal: controller.signal,
      faults,
      pause: (error) => pause(job.id, error),
    });
    progress.sending--;
    const recorded = (): void => {
      settlement.recorded?.();
      const { state } = settlement;
      if (state === "sent" || state === "dead" || state === "unknown") progress[state]++;
      else if (state === "queued" && settlement.isTry) progress.retried++;
      events.emit("progress", { ...progress });
    };
    return { ...settlement, recorded };
  };
  const onError = (error: MailError): void => {
    log.error({ code: error.code, hint: error.hint }, `The queue has trouble: ${error.message}`);
    events.emit("error", { error });
  };
  const worker = engine.work({ concurrency, leaseMs, handle, onError });
  const { blobs } = parts.codec;
  const endSweep = blobs && sweepBlobs({ blobs, isOwn: parts.ownsBlobs, find: (id) => engine.find(id), onError });

  let closing: Promise<void> | undefined;
  const close = async (choice: CloseOptions = {}): Promise<void> => {
    checkCloseOptions(choice);
    const { timeoutMs } = choice;
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => controller.abort(), timeoutMs);
    endSweep?.();
    closing ??= worker.close();
    try {
      await closing;
    } finally {
      clearTimeout(timer);
    }
  };
  return { close, [Symbol.asyncDispose]: () => close() };
}

/** The queue tries again by itself, and remembers; a wrapper that does so too would multiply the tries. */
function warnOfRetries(log: Logger): void {
  const text = "work() got a transport that retries: the queue does so itself, so tries multiply. Leave retry() out.";
  log.warn({}, text);
  process.emitWarning(text, { code: "MAIL_STACKED_RETRIES" });
}
