import { MailError, type MailErrorOptions } from "./mail-error.ts";
import type { Attempt } from "./receipt.ts";

/** A MailError as JSON, for stores and queues: everything but its stack and cause. */
export interface MailErrorJson extends Omit<MailErrorOptions, "cause" | "attempts"> {
  readonly message: string;
  readonly attempts?: readonly AttemptJson[];
}

/** An attempt as JSON; `at` is milliseconds since 1970. */
export interface AttemptJson {
  readonly transport: string;
  readonly at: number;
  readonly durationMs: number;
  readonly error?: MailErrorJson;
  readonly passedOver?: true;
}

export function mailErrorToJson(error: MailError): MailErrorJson {
  const { message, code, scope, retryable, retryAfterMs, delivery, transport, field, response, hint, attempts } = error;
  return {
    message,
    code,
    scope,
    retryable,
    retryAfterMs,
    delivery,
    transport,
    field,
    response,
    hint,
    ...(attempts.length > 0 && { attempts: attemptsToJson(attempts) }),
  };
}

export function mailErrorFromJson({ message, attempts = [], ...options }: MailErrorJson): MailError {
  return new MailError(message, { ...options, attempts: attemptsFromJson(attempts) });
}

export function attemptsToJson(attempts: readonly Attempt[]): readonly AttemptJson[] {
  return attempts.map(({ at, error, ...rest }) => ({
    ...rest,
    at: at.getTime(),
    // The error of an attempt has that attempt alone, which is told already.
    ...(error !== undefined && { error: { ...mailErrorToJson(error), attempts: [] } }),
  }));
}

export function attemptsFromJson(attempts: readonly AttemptJson[]): readonly Attempt[] {
  return attempts.map(({ at, error, ...rest }) => ({
    ...rest,
    at: new Date(at),
    ...(error !== undefined && { error: mailErrorFromJson(error) }),
  }));
}
