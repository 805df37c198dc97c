import { setTimeout as sleep } from "node:timers/promises";
import {
  abortError,
  amendError,
  checkOptions,
  MailError,
  misconfigured,
  type PreparedMessage,
  toMailError,
} from "@mail/core";
import type { AddedJob, NewJob } from "./job.ts";
import type { PayloadCodec } from "./payload/payload-codec.ts";
import type { EnqueueOptions } from "./queue.ts";
import type { QueueEngine } from "./queue-engine.ts";
import { newRecord, recordToText } from "./queue-record.ts";

export const priorities = ["high", "normal", "low"] as const;

/** Date's own limit. */
const maxTime = 8.64e15;

/** That of a message's own key. */
const longestKey = 255;

const rules = {
  delayMs: { type: "number" },
  sendAt: { type: "any" },
  idempotencyKey: { type: "string" },
  priority: { type: "string", oneOf: priorities },
  suppressions: { type: "string", oneOf: ["apply", "ignore"] },
} as const;

/** @throws MailError `configuration` that names the option */
export function checkEnqueueOptions(options: EnqueueOptions): void {
  checkOptions("enqueue", options, rules);
  const { delayMs, sendAt, idempotencyKey } = options;
  if (delayMs !== undefined && Date.now() + delayMs > maxTime)
    throw misconfigured("delayMs", `is ${delayMs}`, "Use milliseconds from 0.");
  if (sendAt !== undefined && !(sendAt instanceof Date && !Number.isNaN(sendAt.getTime())))
    throw misconfigured("sendAt", "is not a valid Date", "Pass a Date, such as new Date(Date.now() + 60_000).");
  if (idempotencyKey !== undefined && idempotencyKey.length > longestKey)
    throw misconfigured("idempotencyKey", `is longer than ${longestKey} characters`, "Use a short key: invoice-4711.");
  if (delayMs !== undefined && sendAt !== undefined)
    throw misconfigured("delayMs", "stands beside sendAt", "Give one of them.");
}

/** One key would make all but the first of many a duplicate. @throws MailError `configuration` */
export function checkManyOptions(messages: unknown, options: EnqueueOptions): void {
  const isInput =
    typeof messages === "object" &&
    messages !== null &&
    (Symbol.iterator in messages || Symbol.asyncIterator in messages);
  if (!isInput)
    throw misconfigured("messages", "is no array and no iterable", "Pass an array, a generator or a stream.");
  checkEnqueueOptions(options);
  if (options.idempotencyKey !== undefined)
    throw misconfigured("idempotencyKey", "is one for many messages", "Give each message its own idempotencyKey.");
}

/** A prepared mail as a job. Its attachments are read here. @throws MailError for what cannot be kept */
export async function toJob(
  mail: PreparedMessage,
  { delayMs, sendAt, priority, idempotencyKey, suppressions }: EnqueueOptions,
  codec: PayloadCodec,
  engine: QueueEngine,
  keyMs: number,
): Promise<{ readonly job: NewJob; readonly blobs: readonly string[] }> {
  const now = Date.now();
  const due = delayMs === undefined ? (sendAt ?? mail.sendAt)?.getTime() : now + delayMs;
  const dueAt = Math.max(now, Math.ceil(due ?? now));
  // Readers sort mails by this date: one for next week is a mail of next week.
  const { payload, blobs } = await codec.encode({
    ...mail,
    ...(dueAt > now && { date: new Date(dueAt) }),
    ...(suppressions === "ignore" && { suppressions }),
  });
  const { maxPayloadBytes } = engine;
  if (maxPayloadBytes !== undefined && payload.byteLength > maxPayloadBytes) {
    await codec.forget(blobs);
    throw new MailError(`The mail has ${payload.byteLength} bytes, and ${engine.name} takes ${maxPayloadBytes}.`, {
      code: "message_too_large",
      hint: "Give createQueue `blobs`, so that large attachments are kept beside the queue.",
    });
  }
  const key = idempotencyKey ?? mail.idempotencyKey;
  const job: NewJob = {
    id: mail.id,
    ...(key !== undefined && { key }),
    // Not forgotten before it is sent.
    keyMs: keyMs + dueAt - now,
    priority: priorities.indexOf(priority ?? mail.priority ?? "normal"),
    dueAt,
    payload,
    record: recordToText(newRecord(blobs)),
  };
  return { job, blobs };
}

const firstPauseMs = 50;
const longestPauseMs = 2_000;

/**
 * Adds jobs; an engine that is away is asked again for `waitMs`, or until the signal is aborted. The same jobs twice are
 * one, so that asking again is safe.
 */
export async function addJobs(
  engine: QueueEngine,
  jobs: readonly NewJob[],
  waitMs: number,
  signal: AbortSignal | undefined,
): Promise<readonly AddedJob[]> {
  const end = performance.now() + waitMs;
  let pauseMs = firstPauseMs;
  let unsure = false;
  while (true) {
    if (signal?.aborted) throw abortError(signal, unsure ? "unknown" : "not_sent");
    try {
      return await engine.add(jobs);
    } catch (thrown) {
      const error = toMailError(thrown);
      unsure ||= error.delivery === "unknown";
      const isAway = error.code === "unavailable" && error.retryable;
      if (!isAway || performance.now() + pauseMs > end)
        throw unsure ? amendError(error, { delivery: "unknown" }) : error;
    }
    await sleep(pauseMs, undefined, signal && { signal }).catch(() => undefined);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}
