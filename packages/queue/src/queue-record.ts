import { type AttemptJson, MailError, type MailErrorJson, mailErrorToJson, type ReceiptJson } from "@mail/core";

/** What became of a mail so far: kept by the engine as text beside the mail. */
export interface QueueRecord {
  readonly v: 1;
  /** Names in the blob store. */
  readonly blobs: readonly string[];
  /** Every try, the newest last; the oldest are left out beyond `maxAttempts`. */
  readonly attempts: readonly AttemptJson[];
  /** Tries that failed since it was queued or taken up again. */
  readonly failures: number;
  /** When the first try began, in milliseconds since 1970. */
  readonly firstTryAt?: number;
  /** Recipients who have it, where others are still to be tried. */
  readonly accepted?: readonly string[];
  readonly rejected?: readonly { readonly address: string; readonly error: MailErrorJson }[];
  /** Recipients who are still to be tried; absent where that is everybody. */
  readonly pending?: readonly string[];
  readonly receipt?: ReceiptJson;
  /** Why it is `dead`, `unknown`, or was tried again. */
  readonly error?: MailErrorJson;
}

const maxAttempts = 50;

export function newRecord(blobs: readonly string[]): QueueRecord {
  return { v: 1, blobs, attempts: [], failures: 0 };
}

export function recordToText(record: QueueRecord): string {
  return JSON.stringify({ ...record, attempts: record.attempts.slice(-maxAttempts) });
}

/** The record in a text; for a damaged one a new record that says so. */
export function recordFromText(text: string): QueueRecord {
  try {
    const record = JSON.parse(text) as QueueRecord;
    if (record.v === 1 && Array.isArray(record.attempts) && Array.isArray(record.blobs)) return record;
  } catch {
    // Told below.
  }
  const error = new MailError("What became of this mail before cannot be read.", { code: "unknown", scope: "message" });
  return { ...newRecord([]), error: mailErrorToJson(error) };
}
