import { MailError } from "@mail/core";
import { encodeMessage } from "../broker/message-frame.ts";
import { UnderWay } from "../broker/under-way.ts";
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
  readonly #underWay: UnderWay<RabbitmqConsumer>;

  constructor(server: RabbitmqServer) {
    this.#server = server;
    this.#producer = new RabbitmqProducer(server);
    this.#underWay = new UnderWay(this.#producer);
  }

  /** By the server's version; `undefined` until it was connected to once. */
  get maxPayloadBytes(): number | undefined {
    const { version } = this.#producer;
    return version && (version[0] < 4 ? maxBytesBefore4 : maxBytes) - besidePayload;
  }

  async publish(messages: readonly BrokerMessage[]): Promise<void> {
    await this.#underWay.publish(async () => {
      if (messages.length > 0) await this.#publish(messages);
    });
  }

  subscribe(subscription: BrokerSubscription): BrokerConsumer {
    return this.#underWay.consume(() => new RabbitmqConsumer(this.#server, this.#producer, subscription));
  }

  async ready(): Promise<void> {
    this.#underWay.checkOpen();
    await this.#producer.ready();
  }

  close(): Promise<void> {
    return this.#underWay.close();
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
