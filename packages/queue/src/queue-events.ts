import type { MailError, MailerEvents, Receipt } from "@mail/core";

/** What a queue reports. Durations are in milliseconds; bodies and secrets are never in here. */
export interface QueueEvents extends Pick<MailerEvents, "failedOver" | "throttled"> {
  readonly enqueued: { readonly id: string; readonly duplicate: boolean };
  readonly sending: { readonly id: string; readonly transport: string };
  readonly sent: {
    readonly id: string;
    readonly transport: string;
    readonly durationMs: number;
    readonly receipt: Receipt;
  };
  /** A try failed, and there will be another one in `delayMs`. */
  readonly retrying: MailerEvents["retrying"];
  /** Given up, and kept for `replay`. */
  readonly dead: { readonly id: string; readonly error: MailError };
  /** It is not known whether it went out; held until `settle` or `replay`. */
  readonly unknown: { readonly id: string; readonly error: MailError };
  /** Nothing more is sent until `resume`, because every mail would fail. */
  readonly paused: { readonly reason: string; readonly error?: MailError };
  readonly resumed: Record<never, never>;
  /** After each mail: what this worker has done since it began. */
  readonly progress: QueueProgress;
  /** Trouble with the broker or the database, which the worker goes on trying to overcome. */
  readonly error: { readonly error: MailError };
}

export interface QueueProgress {
  readonly sent: number;
  readonly retried: number;
  readonly dead: number;
  readonly unknown: number;
  /** Mails in hand now. */
  readonly sending: number;
}

export type QueueEventName = keyof QueueEvents;
