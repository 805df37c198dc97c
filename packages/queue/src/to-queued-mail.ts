import { attemptsFromJson, mailErrorFromJson, receiptFromJson } from "@mail/core";
import { priorities } from "./enqueue.ts";
import type { JobState, StoredJob } from "./job.ts";
import type { QueuedMail } from "./queue.ts";
import { type QueueRecord, recordFromText } from "./queue-record.ts";

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
  return {
    id,
    state,
    priority: priorities[priority] ?? "normal",
    dueAt: new Date(dueAt),
    createdAt: new Date(createdAt),
    changedAt: new Date(changedAt),
    tries,
    ...historyIn(record, state),
  };
}

type History = Pick<QueuedMail, "attempts" | "receipt" | "error">;

/** One damaged record must not spoil a list. */
function historyIn(text: string, state: JobState): History {
  try {
    return historyOf(recordFromText(text), state);
  } catch {
    return historyOf(recordFromText(""), state);
  }
}

function historyOf({ attempts, receipt, error }: QueueRecord, state: JobState): History {
  return {
    attempts: attemptsFromJson(attempts),
    ...(state === "sent" && receipt !== undefined && { receipt: receiptFromJson(receipt) }),
    ...(state !== "sent" && error !== undefined && { error: mailErrorFromJson(error) }),
  };
}
