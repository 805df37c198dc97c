import type { Logger } from "./logger.ts";
import type { MailError } from "./mail-error.ts";
import type { Receipt } from "./receipt.ts";

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
}

export type MailerEventName = keyof MailerEvents;
export type MailerEventHandler<Name extends MailerEventName> = (event: MailerEvents[Name]) => void | Promise<void>;

/** What happens to a mail between `sending` and `sent` or `failed`; transports tell it through their context. */
export type DeliveryEventName = "retrying" | "failedOver" | "throttled";
export type EmitDelivery = <Name extends DeliveryEventName>(name: Name, event: MailerEvents[Name]) => void;

/** Calls handlers; one that fails is logged and changes nothing. */
export class MailerEmitter {
  readonly #handlers = new Map<MailerEventName, Set<(event: never) => void | Promise<void>>>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  on<Name extends MailerEventName>(name: Name, handler: MailerEventHandler<Name>): () => void {
    const handlers = this.#handlers.get(name) ?? new Set();
    this.#handlers.set(name, handlers.add(handler));
    return () => {
      handlers.delete(handler);
    };
  }

  emit<Name extends MailerEventName>(name: Name, event: MailerEvents[Name]): void {
    for (const handler of this.#handlers.get(name) ?? []) {
      const report = (error: unknown): void =>
        this.#log.error({ event: name, error }, `A handler for "${name}" failed`);
      try {
        const result = handler(event as never);
        if (result instanceof Promise) result.catch(report);
      } catch (error) {
        report(error);
      }
    }
  }
}
