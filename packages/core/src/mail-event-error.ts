export type MailEventErrorCode = "invalid_signature" | "stale" | "malformed" | "too_large" | "unknown_topic";

export interface MailEventErrorOptions {
  readonly code: MailEventErrorCode;
  /** The header or field at fault. */
  readonly field?: string | undefined;
  /** What to do, in plain words. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

const brand = "mail-event-error-1";

/** A provider's report that is refused. No key, token or body is in it. */
export class MailEventError extends Error {
  readonly code: MailEventErrorCode;
  declare readonly field?: string;
  declare readonly hint?: string;

  constructor(message: string, { code, field, hint, cause }: MailEventErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "MailEventError";
    this.code = code;
    if (field !== undefined) this.field = field;
    if (hint !== undefined) this.hint = hint;
    Object.defineProperty(this, "mailEventError", { value: brand });
  }

  /** True for a `MailEventError` of any installed copy of this package. */
  static is(value: unknown): value is MailEventError {
    return value instanceof Error && "mailEventError" in value && value.mailEventError === brand;
  }
}
