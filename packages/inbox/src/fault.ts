import type { Via } from "./caught-mail.ts";
import type { MailOrigin } from "./inbox-name.ts";

/** Where a fault strikes. `request` is a whole HTTP request; the others are stages of SMTP. */
export type FaultStage =
  | "connect"
  | "ehlo"
  | "starttls"
  | "auth"
  | "mail"
  | "rcpt"
  | "data"
  | "body"
  | "rset"
  | "quit"
  | "request";

/** What happens instead of the ordinary answer. */
export type FaultAction =
  /** An SMTP reply, such as 451 4.7.1; 421 closes the connection as RFC 5321 says. */
  | { readonly type: "reply"; readonly code: number; readonly enhancedCode?: string; readonly text?: string }
  /** An HTTP answer. Without `body` it is the provider's own for that status. */
  | {
      readonly type: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      /** Seconds, sent as `Retry-After` and in the provider's own header. */
      readonly retryAfter?: number;
    }
  /** The ordinary answer, later. */
  | { readonly type: "delay"; readonly ms: number }
  /** The connection is cut: at once, or in the body after so many bytes were read. */
  | { readonly type: "drop"; readonly afterBytes?: number }
  /** The mail is accepted, and the connection cut instead of the answer. */
  | { readonly type: "lose-answer" };

/** A fault as the JSON API takes it. All conditions must hold. */
export interface FaultRule {
  readonly via?: Via;
  readonly inbox?: string;
  /** An address of the envelope, `*` standing for any characters. */
  readonly to?: string;
  readonly from?: string;
  readonly stage: FaultStage;
  readonly action: FaultAction;
  /** Strikes every n-th time only. */
  readonly every?: number;
  /** Strikes the first n times only. */
  readonly first?: number;
}

export interface ActiveFault extends FaultRule {
  readonly id: string;
  /** How often it was asked, and how often it struck. */
  readonly asked: number;
  readonly struck: number;
}

/** What is going on when faults are asked. */
export interface FaultOccasion extends MailOrigin {
  readonly via: Via;
  readonly stage: FaultStage;
  /** The recipient at hand, or all of a request. */
  readonly to?: readonly string[] | undefined;
}

/** Rules by API and by address (`bounce@…`, `throttle@…`), deterministic. */
export interface Faults {
  /** @throws Error that names the field */
  add(rule: FaultRule): ActiveFault;
  list(): readonly ActiveFault[];
  remove(id: string): boolean;
  clear(): void;
  /** The fault that strikes now, if any; rules first, in their order, then addresses. */
  take(occasion: FaultOccasion): FaultAction | undefined;
}
