/** What an error is about: decides who may act on it (see {@link errorTable}). */
export type ErrorScope = "transport" | "message" | "recipient";

export interface ErrorKind {
  readonly scope: ErrorScope;
  readonly retryable: boolean;
}

export type MailErrorCode =
  | "configuration"
  | "authentication"
  | "permission"
  | "rate_limited"
  | "quota_exceeded"
  | "dns"
  | "connection"
  | "timeout"
  | "unavailable"
  | "tls"
  | "invalid_message"
  | "message_too_large"
  | "unsupported"
  | "invalid_recipient"
  | "recipient_rejected"
  | "suppressed"
  | "policy_rejected"
  | "aborted"
  | "unknown";

/** Every code with its usual scope and whether the same transport may be tried again. */
export const errorTable: Readonly<Record<MailErrorCode, ErrorKind>> = {
  configuration: { scope: "transport", retryable: false },
  authentication: { scope: "transport", retryable: false },
  permission: { scope: "transport", retryable: false },
  rate_limited: { scope: "transport", retryable: true },
  quota_exceeded: { scope: "transport", retryable: true },
  dns: { scope: "transport", retryable: true },
  connection: { scope: "transport", retryable: true },
  timeout: { scope: "transport", retryable: true },
  unavailable: { scope: "transport", retryable: true },
  tls: { scope: "transport", retryable: false },
  invalid_message: { scope: "message", retryable: false },
  message_too_large: { scope: "message", retryable: false },
  unsupported: { scope: "message", retryable: false },
  invalid_recipient: { scope: "recipient", retryable: false },
  recipient_rejected: { scope: "recipient", retryable: false },
  suppressed: { scope: "recipient", retryable: false },
  policy_rejected: { scope: "message", retryable: false },
  aborted: { scope: "message", retryable: false },
  unknown: { scope: "transport", retryable: false },
};
