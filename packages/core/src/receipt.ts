import type { MailError } from "./mail-error.ts";

/** One try at one transport. */
export interface Attempt {
  /** Label of the transport. */
  readonly transport: string;
  readonly at: Date;
  readonly durationMs: number;
  /** Absent for the try that succeeded. */
  readonly error?: MailError;
  /** The transport was not asked, as `error` says: it cannot carry the mail, its breaker is open, its rate limit full. */
  readonly passedOver?: true;
}

/** A recipient who was refused while others were accepted. */
export interface RejectedRecipient {
  readonly address: string;
  readonly error: MailError;
}

/** The answer to a send: what was accepted, by whom, and under which ids. */
export interface Receipt {
  /** The mail's own id (UUIDv7), which is also in its `X-Mail-Id` header and in the provider's events. */
  readonly id: string;
  /** `sent`: the provider or server took it over. `queued`: it is stored and goes out later. */
  readonly status: "sent" | "queued";
  /** Label of the transport that took the mail. */
  readonly transport: string;
  /** The provider's own id, without `<>`, equal to what its events carry. */
  readonly providerId?: string;
  /** The Message-ID header with `<>`; absent where the provider replaces it. */
  readonly messageId?: string;
  /** Envelope addresses that were accepted. */
  readonly accepted: readonly string[];
  readonly rejected: readonly RejectedRecipient[];
  readonly attempts: readonly Attempt[];
  /** Advisory fields that the transport could not carry and that were left out. */
  readonly dropped?: readonly string[];
  /** The provider's answer as it came. */
  readonly raw?: unknown;
}

/** What the mailer fills in where a transport leaves it out. */
type FilledIn = "id" | "transport" | "attempts" | "providerId" | "messageId" | "dropped" | "raw";

/** A receipt as a transport gives it; the mailer fills in what is missing. */
export type TransportReceipt = Omit<Receipt, FilledIn> & { readonly [Field in FilledIn]?: Receipt[Field] | undefined };
