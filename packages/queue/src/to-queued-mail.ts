import { attemptsFromJson, mailErrorFromJson, receiptFromJson } from "@mail/core";
import { priorities } from "./enqueue.ts";
import type { StoredJob } from "./job.ts";
import type { QueuedMail } from "./queue.ts";
import { recordFromText } from "./queue-record.ts";

/** What an engine knows of a mail, as the app reads it. */
export function toQueuedMail({
  id,
  state,
  priority,
  dueAt,
  createdAt,
  changedAt,
  tries,
  record,
}: StoredJob): QueuedMail {
  const { attempts, receipt, error } = recordFromText(record);
  return {
    id,
    state,
    priority: priorities[priority] ?? "normal",
    dueAt: new Date(dueAt),
    createdAt: new Date(createdAt),
    changedAt: new Date(changedAt),
    tries,
    attempts: attemptsFromJson(attempts),
    ...(state === "sent" && receipt !== undefined && { receipt: receiptFromJson(receipt) }),
    ...(state !== "sent" && error !== undefined && { error: mailErrorFromJson(error) }),
  };
}
