import { UnderWay } from "../broker/under-way.ts";
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
  readonly #underWay: UnderWay<BullmqConsumer>;

  constructor(server: BullmqServer) {
    this.#server = server;
    this.#producer = new BullmqProducer(server);
    this.#underWay = new UnderWay(this.#producer);
  }

  async publish(messages: readonly BrokerMessage[]): Promise<void> {
    await this.#underWay.publish(async () => {
      if (messages.length > 0) await this.#producer.publish(messages);
    });
  }

  subscribe(subscription: BrokerSubscription): BrokerConsumer {
    return this.#underWay.consume(() => new BullmqConsumer(this.#server, subscription));
  }

  async ready(): Promise<void> {
    this.#underWay.checkOpen();
    await this.#producer.ready();
  }

  close(): Promise<void> {
    return this.#underWay.close();
  }
}
