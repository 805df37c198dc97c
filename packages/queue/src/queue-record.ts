import {
  type AttemptJson,
  attemptsToJson,
  MailError,
  type MailErrorJson,
  mailErrorToJson,
  type Receipt,
  type ReceiptJson,
  type RejectedRecipient,
} from "@mail/core";

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
  return readRecord(text) ?? { ...newRecord([]), error: mailErrorToJson(unreadable()) };
}

/** @returns `undefined` where it is damaged, or was written by a newer version */
export function readRecord(text: string): QueueRecord | undefined {
  try {
    const record = JSON.parse(text) as QueueRecord;
    return isRecord(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

function isRecord({ v, blobs, attempts, failures, accepted = [], rejected = [], pending = [] }: QueueRecord): boolean {
  const lists: readonly (readonly [unknown, "string" | "object"])[] = [
    [blobs, "string"],
    [attempts, "object"],
    [accepted, "string"],
    [rejected, "object"],
    [pending, "string"],
  ];
  return v === 1 && Number.isFinite(failures) && lists.every(([list, type]) => isListOf(list, type));
}

function isListOf(list: unknown, type: "string" | "object"): boolean {
  return Array.isArray(list) && list.every((item) => typeof item === type && item !== null);
}

function unreadable(): MailError {
  return new MailError("What became of this mail before cannot be read.", { code: "unknown", scope: "message" });
}

/** What a receipt adds: who has it, who was refused for good, and the tries. Nobody is pending by it. */
export function withReceipt(
  { pending: _, ...before }: QueueRecord,
  receipt: Receipt,
  refused: readonly RejectedRecipient[],
): QueueRecord & Required<Pick<QueueRecord, "accepted" | "rejected">> {
  const rejected = refused.map(({ address, error }) => ({ address, error: mailErrorToJson(error) }));
  return {
    ...before,
    attempts: [...before.attempts, ...attemptsToJson(receipt.attempts)],
    accepted: [...(before.accepted ?? []), ...receipt.accepted],
    rejected: [...(before.rejected ?? []), ...rejected],
  };
}

/** The record of a mail that is known to have gone out after all: those who were still to be tried have it. */
export function settledRecord(record: QueueRecord): QueueRecord {
  const { receipt, accepted = [], pending = [], rejected = [], attempts } = record;
  if (receipt === undefined) return record;
  return { ...record, receipt: { ...receipt, accepted: [...accepted, ...pending], rejected, attempts } };
}

/** Without its attempts, which the record lists already. */
export function errorToRecord(error: MailError): MailErrorJson {
  const { attempts: _, ...rest } = mailErrorToJson(error);
  return rest;
}
