import { type ErrorScope, errorTable, type MailErrorCode } from "./error-code.ts";
import type { Attempt } from "./receipt.ts";
import { reasonOf } from "./value-text.ts";

/** Whether the mail may have been delivered in spite of the error. Only `not_sent` is safe to send again. */
export type DeliveryState = "not_sent" | "unknown";

/** What the server or provider answered. */
export interface ProviderResponse {
  /** HTTP status. */
  readonly status?: number;
  /** SMTP reply code, three digits (RFC 5321 section 4.2). */
  readonly smtpCode?: number;
  /** Enhanced status code such as `5.1.1` (RFC 3463). */
  readonly enhancedCode?: string;
  readonly text?: string;
}

export interface MailErrorOptions {
  readonly code: MailErrorCode;
  /** Default: the code's own scope. */
  readonly scope?: ErrorScope | undefined;
  /** Default: the code's own. */
  readonly retryable?: boolean | undefined;
  readonly retryAfterMs?: number | undefined;
  /** Default `"not_sent"`. */
  readonly delivery?: DeliveryState | undefined;
  readonly transport?: string | undefined;
  readonly field?: string | undefined;
  readonly response?: ProviderResponse | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  readonly attempts?: readonly Attempt[] | undefined;
}

const brand = "mail-error-1";

/** The one error class of the SDK: `code` says what happened, `hint` what to do about it. */
export class MailError extends Error {
  readonly code: MailErrorCode;
  readonly scope: ErrorScope;
  /** True if the same transport may be tried again; a retry also needs `delivery: "not_sent"`. */
  readonly retryable: boolean;
  /** How long to wait before trying again, in milliseconds, where the other side said so. */
  declare readonly retryAfterMs?: number;
  readonly delivery: DeliveryState;
  /** Label of the transport that failed. */
  declare readonly transport?: string;
  /** The field of the message or option at fault, such as `to[1]`, `headers.X-Id` or `attachments[0].content`. */
  declare readonly field?: string;
  declare readonly response?: ProviderResponse;
  /** What to do, in plain words. */
  declare readonly hint?: string;
  /** Every try, in order, where there was one. */
  readonly attempts: readonly Attempt[];

  constructor(message: string, options: MailErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "MailError";
    this.code = options.code;
    this.scope = options.scope ?? errorTable[options.code].scope;
    this.retryable = options.retryable ?? errorTable[options.code].retryable;
    this.delivery = options.delivery ?? "not_sent";
    this.attempts = options.attempts ?? [];
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    if (options.transport !== undefined) this.transport = options.transport;
    if (options.field !== undefined) this.field = options.field;
    if (options.response !== undefined) this.response = options.response;
    if (options.hint !== undefined) this.hint = options.hint;
    Object.defineProperty(this, "mailError", { value: brand });
  }

  /** True for a `MailError` of any installed copy of this package. */
  static is(value: unknown): value is MailError {
    return value instanceof Error && "mailError" in value && value.mailError === brand;
  }
}

/** The same error with some of its fields replaced; stack and cause are kept. */
export function amendError(error: MailError, changes: Partial<MailErrorOptions> & { message?: string }): MailError {
  const { message = error.message, ...options } = changes;
  const amended = new MailError(message, { ...pick(error), ...options });
  if (error.stack !== undefined) {
    amended.stack = message === error.message ? error.stack : error.stack.replace(error.message, () => message);
  }
  return amended;
}

function pick(error: MailError): MailErrorOptions {
  const { code, scope, retryable, retryAfterMs, delivery, transport, field, response, hint, cause, attempts } = error;
  return { code, scope, retryable, retryAfterMs, delivery, transport, field, response, hint, cause, attempts };
}

/** Wraps whatever a foreign transport threw: nothing is known of it, so neither is the outcome. */
export function toMailError(thrown: unknown): MailError {
  if (MailError.is(thrown)) return thrown;
  return new MailError(`The transport failed: ${reasonOf(thrown)}`, {
    code: "unknown",
    delivery: "unknown",
    hint: "The transport threw something that is no MailError, so it is not known whether the mail went out.",
    cause: thrown,
  });
}

/** Wraps what was thrown before a transport was asked: whatever it is, nothing was sent. */
export function unsentError(thrown: unknown): MailError {
  if (MailError.is(thrown)) return thrown;
  return new MailError(`The mail could not be prepared: ${reasonOf(thrown)}`, {
    code: "unknown",
    scope: "message",
    hint: "Nothing was sent. See `cause` for what went wrong.",
    cause: thrown,
  });
}
