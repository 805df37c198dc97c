import { MailError } from "@mail/core";
import { closedBroker } from "../broker/closed-broker.ts";
import { encodeMessage } from "../broker/message-frame.ts";
import type { Broker, BrokerConsumer, BrokerMessage, BrokerSubscription } from "../broker.ts";
import { RabbitmqConsumer } from "./rabbitmq-consumer.ts";
import type { RabbitmqServer } from "./rabbitmq-link.ts";
import { RabbitmqProducer } from "./rabbitmq-producer.ts";

const mebibyte = 1024 * 1024;
/** `max_message_size` where it is not set: 16 MiB since RabbitMQ 4, 128 MiB before (RabbitMQ documentation, Configure). */
const [maxBytes, maxBytesBefore4] = [16 * mebibyte, 128 * mebibyte];
/** What a mail needs in a message beside its payload, in bytes. */
const besidePayload = 16 * 1024;

/** Quorum queues, one for each priority, with publisher confirms and delays inside the broker. */
export class RabbitmqBroker implements Broker {
  readonly name = "rabbitmq";
  readonly #server: RabbitmqServer;
  readonly #producer: RabbitmqProducer;
  readonly #consumers = new Set<RabbitmqConsumer>();
  readonly #publishing = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  constructor(server: RabbitmqServer) {
    this.#server = server;
    this.#producer = new RabbitmqProducer(server);
  }

  /** By the server's version; `undefined` until it was connected to once. */
  get maxPayloadBytes(): number | undefined {
    const { version } = this.#producer;
    return version && (version[0] < 4 ? maxBytesBefore4 : maxBytes) - besidePayload;
  }

  async publish(messages: readonly BrokerMessage[]): Promise<void> {
    if (this.#closing !== undefined) throw closedBroker();
    if (messages.length === 0) return;
    const publishing = this.#publish(messages);
    this.#publishing.add(publishing);
    await publishing.finally(() => this.#publishing.delete(publishing));
  }

  subscribe(subscription: BrokerSubscription): BrokerConsumer {
    if (this.#closing !== undefined) throw closedBroker();
    const consumer = new RabbitmqConsumer(this.#server, this.#producer, subscription);
    this.#consumers.add(consumer);
    return consumer;
  }

  async ready(): Promise<void> {
    if (this.#closing !== undefined) throw closedBroker();
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

  async #publish(messages: readonly BrokerMessage[]): Promise<void> {
    const items = messages.map((message) => ({ ...message, body: encodeMessage(message) }));
    await this.#producer.ready();
    const { maxPayloadBytes = maxBytes } = this;
    const tooLarge = items.find(({ body }) => body.byteLength > maxPayloadBytes + besidePayload);
    if (tooLarge !== undefined)
      throw new MailError(`A mail takes ${tooLarge.body.byteLength} bytes, and RabbitMQ takes ${maxPayloadBytes}.`, {
        code: "message_too_large",
        hint: "Give createQueue `blobs`, so that large attachments are kept beside the queue.",
      });
    await this.#producer.publish(items);
  }
}
