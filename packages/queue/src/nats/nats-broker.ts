import { type DeliveryState, MailError } from "@mail/core";
import { attempts } from "../broker/attempts.ts";
import { encodeMessage } from "../broker/message-frame.ts";
import { UnderWay } from "../broker/under-way.ts";
import type { Broker, BrokerConsumer, BrokerMessage, BrokerSubscription } from "../broker.ts";
import { NatsConnection, type NatsServer } from "./nats-connection.ts";
import { NatsConsumer } from "./nats-consumer.ts";
import { isPassing, isRefusal, natsError } from "./nats-error.ts";
import { dueSubject, type NatsNames } from "./nats-names.ts";

/** What a mail needs in a message beside its payload, in bytes: head, subject and headers. */
const besidePayload = 16 * 1024;
/** Of headers and subject. */
const besideBody = 512;

/** A JetStream stream with a consumer for each priority. Redelivery and delays are the server's own. */
export class NatsBroker implements Broker {
  readonly name = "nats";
  readonly #server: NatsServer;
  readonly #connection: NatsConnection;
  readonly #underWay: UnderWay<NatsConsumer>;

  /** @param connection is closed with the broker */
  constructor(server: NatsServer, connection: NatsConnection = new NatsConnection(server)) {
    this.#server = server;
    this.#connection = connection;
    this.#underWay = new UnderWay(connection);
  }

  /** By the server's `max_payload`; `undefined` until it was connected to once. */
  get maxPayloadBytes(): number | undefined {
    const { maxPayload } = this.#connection;
    return maxPayload === undefined ? undefined : Math.max(0, maxPayload - besidePayload);
  }

  async publish(messages: readonly BrokerMessage[]): Promise<void> {
    await this.#underWay.publish(async () => {
      if (messages.length > 0) await this.#publish(messages);
    });
  }

  subscribe(subscription: BrokerSubscription): BrokerConsumer {
    const { timeoutMs, secrets } = this.#server;
    const link = { connection: this.#connection, timeoutMs, secrets };
    return this.#underWay.consume(() => new NatsConsumer(link, subscription));
  }

  async ready(): Promise<void> {
    this.#underWay.checkOpen();
    await this.#attempts(async () => void (await this.#connection.ready()));
  }

  close(): Promise<void> {
    return this.#underWay.close();
  }

  async #publish(messages: readonly BrokerMessage[]): Promise<void> {
    const bodies = messages.map(encodeMessage);
    // Of the same call only: a mail that is added again some time later is to be published again.
    const call = crypto.randomUUID();
    let unsure = false;
    const publish = async (): Promise<void> => {
      const { js, nc, names } = await this.#connection.ready();
      checkSizes(bodies, nc.info?.max_payload);
      const before = unsure;
      unsure = true;
      const acks = messages.map((message, index) =>
        js.publish(subjectOf(message, names), bodies[index], { msgID: `${call} ${index}` }),
      );
      try {
        await this.#connection.whileUp(Promise.all(acks));
      } catch (thrown) {
        this.#connection.doubtStream();
        if (isRefusal(thrown) && messages.length === 1) unsure = before;
        throw thrown;
      }
    };
    await this.#attempts(publish, () => (unsure ? "unknown" : "not_sent"));
  }

  async #attempts(attempt: () => Promise<void>, delivery: () => DeliveryState = () => "not_sent"): Promise<void> {
    const { timeoutMs, secrets } = this.#server;
    const onTimeout = (): Error => {
      this.#connection.renew();
      return new Error(`no answer within ${timeoutMs} ms`);
    };
    try {
      await attempts(attempt, { timeoutMs, isPassing, onTimeout });
    } catch (thrown) {
      throw natsError(thrown, delivery(), secrets);
    }
  }
}

function subjectOf({ priority, dueAt }: BrokerMessage, names: NatsNames): string {
  return dueAt > Date.now() ? names.later.subject : dueSubject(names, priority);
}

function checkSizes(bodies: readonly Uint8Array[], maxBytes = Number.POSITIVE_INFINITY): void {
  const tooLarge = bodies.find(({ byteLength }) => byteLength > maxBytes - besideBody);
  if (tooLarge === undefined) return;
  throw new MailError(`A mail takes ${tooLarge.byteLength} bytes, and the NATS server takes ${maxBytes}.`, {
    code: "message_too_large",
    hint: "Raise max_payload of nats-server, or give createQueue `blobs`, so that large attachments are kept beside the queue.",
  });
}
