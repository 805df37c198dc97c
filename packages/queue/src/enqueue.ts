import { setTimeout as sleep } from "node:timers/promises";
import { MailError, misconfigured, type PreparedMessage, toMailError } from "@mail/core";
import type { AddedJob, NewJob } from "./job.ts";
import type { PayloadCodec } from "./payload/payload-codec.ts";
import type { EnqueueOptions } from "./queue.ts";
import type { QueueEngine } from "./queue-engine.ts";
import { newRecord, recordToText } from "./queue-record.ts";

export const priorities = ["high", "normal", "low"] as const;

/** Date's own limit. */
const maxTime = 8.64e15;

/** @throws MailError `configuration` that names the option */
export function checkEnqueueOptions({ delayMs, sendAt, priority, idempotencyKey }: EnqueueOptions): void {
  if (delayMs !== undefined && !(delayMs >= 0 && Date.now() + delayMs <= maxTime))
    throw misconfigured("delayMs", `is ${delayMs}`, "Use milliseconds from 0.");
  if (sendAt !== undefined && !(sendAt instanceof Date && !Number.isNaN(sendAt.getTime())))
    throw misconfigured("sendAt", "is not a valid Date", "Pass a Date, such as new Date(Date.now() + 60_000).");
  if (delayMs !== undefined && sendAt !== undefined)
    throw misconfigured("delayMs", "stands beside sendAt", "Give one of them.");
  if (priority !== undefined && !priorities.includes(priority))
    throw misconfigured("priority", `is ${JSON.stringify(priority)}`, `Use one of ${priorities.join(", ")}.`);
  if (idempotencyKey !== undefined && (typeof idempotencyKey !== "string" || idempotencyKey === ""))
    throw misconfigured("idempotencyKey", "is no text", "Use a text that is the same each time the mail is queued.");
}

/** A prepared mail as a job. Its attachments are read here. @throws MailError for what cannot be kept */
export async function toJob(
  mail: PreparedMessage,
  { delayMs, sendAt, priority, idempotencyKey }: EnqueueOptions,
  codec: PayloadCodec,
  engine: QueueEngine,
  keyMs: number,
): Promise<{ readonly job: NewJob; readonly blobs: readonly string[] }> {
  const { payload, blobs } = await codec.encode(mail);
  const { maxPayloadBytes } = engine;
  if (maxPayloadBytes !== undefined && payload.byteLength > maxPayloadBytes) {
    await codec.forget(blobs);
    throw new MailError(`The mail has ${payload.byteLength} bytes, and ${engine.name} takes ${maxPayloadBytes}.`, {
      code: "message_too_large",
      hint: "Give createQueue `blobs`, so that large attachments are kept beside the queue.",
    });
  }
  const now = Date.now();
  const due = delayMs === undefined ? (sendAt ?? mail.sendAt)?.getTime() : now + delayMs;
  const key = idempotencyKey ?? mail.idempotencyKey;
  const job: NewJob = {
    id: mail.id,
    ...(key !== undefined && { key }),
    keyMs,
    priority: priorities.indexOf(priority ?? mail.priority ?? "normal"),
    dueAt: Math.max(now, Math.ceil(due ?? now)),
    payload,
    record: recordToText(newRecord(blobs)),
  };
  return { job, blobs };
}

const firstPauseMs = 50;
const longestPauseMs = 2_000;

/** Adds jobs; one that is away is asked again for `waitMs`. The same jobs twice are one, so that asking again is safe. */
export async function addJobs(
  engine: QueueEngine,
  jobs: readonly NewJob[],
  waitMs: number,
): Promise<readonly AddedJob[]> {
  const end = performance.now() + waitMs;
  let pauseMs = firstPauseMs;
  let unsure = false;
  while (true) {
    try {
      return await engine.add(jobs);
    } catch (thrown) {
      const error = toMailError(thrown);
      unsure ||= error.delivery === "unknown";
      if (error.code !== "unavailable" || performance.now() + pauseMs > end)
        throw unsure && error.delivery !== "unknown" ? unsureError(error) : error;
    }
    await sleep(pauseMs);
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}

function unsureError(error: MailError): MailError {
  const { code, message, hint, cause } = error;
  return new MailError(message, { code, hint, cause, delivery: "unknown" });
}
