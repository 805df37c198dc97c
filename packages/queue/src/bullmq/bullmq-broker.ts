import { closedBroker } from "../broker/closed-broker.ts";
import type { Broker, BrokerConsumer, BrokerMessage, BrokerSubscription } from "../broker.ts";
import { BullmqConsumer } from "./bullmq-consumer.ts";
import { BullmqProducer } from "./bullmq-producer.ts";
import type { BullmqServer } from "./bullmq-server.ts";

/** A BullMQ queue. Priorities, delays, locks and redelivery are BullMQ's own. */
export class BullmqBroker implements Broker {
  readonly name = "bullmq";
  /** A string of Redis holds 512 MB, and a payload is kept as base64 (redis.io, Redis Strings, Limits). */
  readonly maxPayloadBytes: number = 256 * 1024 * 1024;
  readonly #server: BullmqServer;
  readonly #producer: BullmqProducer;
  readonly #consumers = new Set<BullmqConsumer>();
  readonly #publishing = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  constructor(server: BullmqServer) {
    this.#server = server;
    this.#producer = new BullmqProducer(server);
  }

  async publish(messages: readonly BrokerMessage[]): Promise<void> {
    this.#checkOpen();
    if (messages.length === 0) return;
    const publishing = this.#producer.publish(messages);
    this.#publishing.add(publishing);
    await publishing.finally(() => this.#publishing.delete(publishing));
  }

  subscribe(subscription: BrokerSubscription): BrokerConsumer {
    this.#checkOpen();
    const consumer = new BullmqConsumer(this.#server, subscription);
    this.#consumers.add(consumer);
    return consumer;
  }

  async ready(): Promise<void> {
    this.#checkOpen();
    await this.#producer.ready();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#publishing);
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await this.#producer.close();
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw closedBroker();
  }
}
