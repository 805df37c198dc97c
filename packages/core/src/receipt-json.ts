import {
  type AttemptJson,
  attemptsFromJson,
  attemptsToJson,
  type MailErrorJson,
  mailErrorFromJson,
  mailErrorToJson,
} from "./error-json.ts";
import type { Receipt } from "./receipt.ts";

/** A receipt as JSON, for stores and queues: everything but the provider's answer. */
export interface ReceiptJson extends Omit<Receipt, "rejected" | "attempts" | "raw"> {
  readonly rejected: readonly { readonly address: string; readonly error: MailErrorJson }[];
  readonly attempts: readonly AttemptJson[];
}

export function receiptToJson({ raw: _, rejected, attempts, ...rest }: Receipt): ReceiptJson {
  return {
    ...rest,
    rejected: rejected.map(({ address, error }) => ({ address, error: mailErrorToJson(error) })),
    attempts: attemptsToJson(attempts),
  };
}

export function receiptFromJson({ rejected, attempts, ...rest }: ReceiptJson): Receipt {
  return Object.freeze({
    ...rest,
    rejected: rejected.map(({ address, error }) => ({ address, error: mailErrorFromJson(error) })),
    attempts: attemptsFromJson(attempts),
  });
}
