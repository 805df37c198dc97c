import type { EventHandler } from "./emitter.ts";
import type { MailError } from "./mail-error.ts";
import type { Receipt } from "./receipt.ts";
import type { RunProgress } from "./send-run.ts";

/** What a mailer reports while it works. Durations are in milliseconds; bodies and secrets are never in here. */
export interface MailerEvents {
  readonly sending: { readonly id: string; readonly transport: string };
  readonly sent: {
    readonly id: string;
    readonly transport: string;
    readonly durationMs: number;
    readonly receipt: Receipt;
  };
  readonly failed: {
    readonly id?: string;
    readonly transport?: string;
    readonly durationMs: number;
    readonly error: MailError;
  };
  /** A try failed and there will be another one, after `delayMs`. */
  readonly retrying: {
    readonly id: string;
    readonly transport: string;
    /** How many tries have failed, from 1. */
    readonly attempt: number;
    readonly delayMs: number;
    /** Duration of the try that failed. */
    readonly durationMs: number;
    readonly error: MailError;
  };
  /** One transport of a group did not take the mail, and the next one is asked. */
  readonly failedOver: {
    readonly id: string;
    readonly transport: string;
    /** Label of the transport that is asked now. */
    readonly next: string;
    /** Duration of the try that failed. */
    readonly durationMs: number;
    readonly error: MailError;
  };
  /** The mail waits for a rate limit. */
  readonly throttled: { readonly id: string; readonly transport: string; readonly waitMs: number };
  /** Advisory fields were left out because the transport cannot carry them. */
  readonly dropped: { readonly id: string; readonly transport: string; readonly fields: readonly string[] };
  /** How far a `sendMany` or `sendBulk` has come: at most once a second while outcomes come, and once at its end. */
  readonly progress: RunProgress;
}

export type MailerEventName = keyof MailerEvents;
export type MailerEventHandler<Name extends MailerEventName> = EventHandler<MailerEvents[Name]>;

/** What happens to a mail between `sending` and `sent` or `failed`; transports tell it through their context. */
export type DeliveryEventName = "retrying" | "failedOver" | "throttled";
export type EmitDelivery = <Name extends DeliveryEventName>(name: Name, event: MailerEvents[Name]) => void;
