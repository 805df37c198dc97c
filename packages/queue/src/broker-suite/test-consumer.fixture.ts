import type { MailError } from "@mail/core";
import type { Broker, BrokerConsumer, Delivery } from "../broker.ts";
import { Seen } from "../engine-suite/seen.fixture.ts";

export interface TestConsumerOptions {
  readonly prefetch?: number;
  /** Default: 30,000, so long that nothing comes again while the machine is busy. */
  readonly leaseMs?: number;
  /** Acks each mail as it comes, after `workMs` milliseconds. Default: holds them. */
  readonly ack?: boolean;
  readonly workMs?: number;
  readonly onUnreadable?: () => Promise<void>;
}

/** A consumer whose deliveries can be awaited. */
export class TestConsumer {
  readonly deliveries: Seen<Delivery & { readonly at: number }> = new Seen();
  readonly unreadable: Seen<{ readonly body: Uint8Array; readonly reason: string }> = new Seen();
  readonly errors: Seen<MailError> = new Seen();
  readonly consumer: BrokerConsumer;

  constructor(broker: Broker, options: TestConsumerOptions) {
    const { prefetch = 10, leaseMs = 30_000, ack = false, workMs = 0, onUnreadable } = options;
    this.consumer = broker.subscribe({
      prefetch,
      leaseMs,
      onDelivery: (delivery) => {
        this.deliveries.add({ ...delivery, at: Date.now() });
        if (!ack) return;
        // A failed ack shows by the mail coming again.
        const done = () => void delivery.ack().catch(() => undefined);
        if (workMs === 0) done();
        else setTimeout(done, workMs);
      },
      onUnreadable: async (body, reason) => {
        this.unreadable.add({ body, reason });
        await onUnreadable?.();
      },
      onError: (error) => this.errors.add(error),
    });
  }

  get ids(): readonly string[] {
    return this.deliveries.items.map(({ message }) => message.id);
  }

  /** Waits for the next delivery of a mail, from the `after`-th delivery of all. */
  delivery(id: string, after = 0): Promise<Delivery & { readonly at: number }> {
    return this.deliveries.first(
      (delivery) => delivery.message.id === id && this.deliveries.items.indexOf(delivery) >= after,
    );
  }

  /** Waits until each of these has come at least once. */
  async all(ids: readonly string[]): Promise<void> {
    const missing = new Set(ids);
    await this.deliveries.first(({ message }) => {
      missing.delete(message.id);
      return missing.size === 0;
    });
  }
}
