import { MailError } from "@mail/core";

/** A payload that nobody can read any more. */
export function damagedPayload(problem: string, cause?: unknown): MailError {
  return new MailError(`The stored mail is damaged: ${problem}`, {
    code: "invalid_message",
    field: "payload",
    hint: "It was changed or cut where it is kept. Send the mail anew from its source.",
    cause,
  });
}

/**
 * A payload that this queue cannot read as it is set up. Another process may be able to, or this one soon: it is tried
 * again, and others are not held up by it.
 */
export function unreadablePayload(field: string, problem: string, hint: string): MailError {
  return new MailError(`The stored mail cannot be read: ${problem}`, {
    code: "configuration",
    scope: "message",
    retryable: true,
    field,
    hint,
  });
}

/** Blobs that cannot be kept or read at the moment. */
export function blobFailure(doing: string, cause: unknown): MailError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MailError(`An attachment could not be ${doing} the blob store: ${reason}`, {
    code: "unavailable",
    scope: "message",
    field: "blobs",
    hint: "See that the folder or service is there, has room, and may be written and read.",
    cause,
  });
}
