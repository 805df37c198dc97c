import type { ErrorScope, MailErrorCode } from "@mail/core";
import type { Api } from "./servers/api-answers.ts";
import type { ApiPoint } from "./servers/api-fault-server.ts";
import type { CertificateKind } from "./servers/certificates.ts";
import type { SmtpPoint } from "./servers/smtp-fault-server.ts";
import type { Step } from "./servers/step.ts";

/** What the app must be told by the adapter alone, and how many copies the server must really have. */
export interface Expected {
  readonly told: "sent" | "not_sent" | "unknown";
  readonly code?: MailErrorCode;
  /** Default: the code's own. */
  readonly scope?: ErrorScope;
  /** Default: the code's own. */
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  readonly copies: 0 | 1;
  /** One of two recipients is refused, for a passing reason or for good. */
  readonly partly?: "passing" | "final";
}

/** What is wrong with the way to a server, whatever it speaks. */
interface Circumstances {
  /** Nobody listens there. */
  readonly refused?: boolean;
  /** The host has a name, which is answered so. */
  readonly name?: "ENOTFOUND" | "EAI_AGAIN";
  /** The server speaks TLS from the first byte, with such a certificate. */
  readonly tls?: CertificateKind;
  /** The client expects TLS from the first byte. Default: as the server. */
  readonly expectsTls?: boolean;
  /** The server reads a few bytes at a time. */
  readonly readsSlowly?: boolean;
  /** A mail that no socket buffer holds. */
  readonly large?: boolean;
  /** The mail is the second one over the same connection. */
  readonly reused?: boolean;
  /** Ends by a time limit, which is then short. */
  readonly waits?: boolean;
}

export interface Row extends Circumstances {
  readonly group: string;
  readonly fault: string;
}

export interface SmtpRow extends Row {
  readonly steps?: Readonly<Partial<Record<SmtpPoint, Step>>>;
  readonly starttls?: CertificateKind;
  /** Extensions that the server has. */
  readonly offers?: readonly string[];
  /** There is a second recipient, second@example.com. */
  readonly second?: boolean;
  readonly expected: Expected;
}

export interface ApiRow extends Row {
  readonly steps?: Readonly<Partial<Record<ApiPoint, Step | ((api: Api) => Step)>>>;
  readonly expected: Expected | ((api: Api) => Expected);
}

export const sent: Expected = { told: "sent", copies: 1 };

export function notSent(code: MailErrorCode, details: Partial<Expected> = {}): Expected {
  return { told: "not_sent", code, copies: 0, ...details };
}

export function unknown(code: MailErrorCode, copies: 0 | 1, details: Partial<Expected> = {}): Expected {
  return { told: "unknown", code, copies, ...details };
}
