import type { MailError } from "@mail/core";

/** What travels through a broker: all that a mail needs, so that it can be sent without the ledger knowing it yet. */
export interface BrokerMessage {
  readonly id: string;
  readonly key?: string;
  readonly keyMs: number;
  /** 0 high, 1 normal, 2 low. */
  readonly priority: number;
  /** Milliseconds since 1970. The broker delivers it no earlier, as far as it can; the ledger has the last word. */
  readonly dueAt: number;
  /** How often the mail was taken up again by hand. */
  readonly replays: number;
  readonly record: string;
  readonly payload: Uint8Array;
}

/** A message that this process holds until it says otherwise; if the process dies, the broker hands it to another. */
export interface Delivery {
  readonly message: BrokerMessage;
  /** It is done with. */
  ack(): Promise<void>;
  /** Deliver it again, to whomever, in `delayMs` milliseconds. Survives a crash at any moment, twice rather than never. */
  later(delayMs: number): Promise<void>;
  /** Keeps it for this process, where the broker takes messages back after a while. */
  extend?(): void;
}

export interface BrokerSubscription {
  /** Deliveries that are held at once, for each priority where the broker has a queue for each. */
  readonly prefetch: number;
  /** The broker takes a message back after this long without `extend`, in milliseconds, where it does so at all. */
  readonly leaseMs: number;
  readonly onDelivery: (delivery: Delivery) => void;
  /** A body that cannot be read, so that it is not lost in silence: acked once this resolves. */
  readonly onUnreadable: (body: Uint8Array, reason: string) => Promise<void>;
  readonly onError: (error: MailError) => void;
}

/**
 * A message broker: durable, at least once, with delays. It connects by itself, and again when the connection is lost;
 * nothing that it holds depends on this process.
 */
export interface Broker {
  readonly name: string;
  /** Largest payload in bytes; some know it only once they are connected. Default: none. */
  readonly maxPayloadBytes?: number | undefined;
  /**
   * Durable once resolved; one round trip for many.
   * @throws MailError `unavailable`, with `delivery: "unknown"` where some may have been taken
   */
  publish(messages: readonly BrokerMessage[]): Promise<void>;
  /** Delivers messages until closed, over reconnections. Higher priorities come first. */
  subscribe(subscription: BrokerSubscription): BrokerConsumer;
  /** @throws MailError `unavailable` where it cannot be reached within its time limit */
  ready(): Promise<void>;
  close(): Promise<void>;
}

export interface BrokerConsumer {
  /** Takes no more messages until `resume`; those that are held stay. */
  pause(): void;
  resume(): void;
  /** Takes no more messages; those that are held can still be acked. Messages that were never passed on go back. */
  stop(): Promise<void>;
}
