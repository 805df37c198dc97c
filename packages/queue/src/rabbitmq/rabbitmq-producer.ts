import type { DeliveryState } from "@mail/core";
import type { ConfirmChannel } from "amqplib";
import { attempts } from "../broker/attempts.ts";
import { blockedError, isPassing, rabbitmqError } from "./rabbitmq-error.ts";
import { RabbitmqLink, type RabbitmqServer } from "./rabbitmq-link.ts";
import {
  ensureLadder,
  ensureQueues,
  longestDelayMs,
  type RabbitmqNames,
  rabbitmqNames,
  routeOf,
  unitMs,
} from "./rabbitmq-topology.ts";

/** A body on its way. */
export interface RabbitmqItem {
  readonly body: Buffer;
  readonly priority: number;
  /** Milliseconds since 1970. */
  readonly dueAt: number;
}

interface Opened {
  readonly link: RabbitmqLink;
  readonly channel: ConfirmChannel;
  /** Ids of those that the server could not put into any queue: it says so before it confirms them. */
  readonly returned: Set<string>;
  /** The making of the ladder, which who only enqueues may never need. */
  ladder?: Promise<void>;
}

/** When a mail is due that the ladder cannot delay for long enough in one go. */
export const dueHeader = "x-mail-due";

/** Publishes with confirms, over a connection of its own: a server that takes no mails for now still takes acks. */
export class RabbitmqProducer {
  readonly #server: RabbitmqServer;
  readonly #names: RabbitmqNames;
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;
  #count = 0;

  constructor(server: RabbitmqServer) {
    this.#server = server;
    this.#names = rabbitmqNames(server.name);
  }

  /** Of the server, once it is known. */
  get version(): readonly [major: number, minor: number] | undefined {
    return this.#opened?.link.version;
  }

  /** Connects, and makes the queues. @throws MailError */
  async ready(): Promise<void> {
    await this.#attempts(async () => void (await this.#ready()));
  }

  /** The same, with those that delay. @throws MailError */
  async readyToDelay(): Promise<void> {
    await this.#attempts(async () => this.#delaying(await this.#ready()));
  }

  /** @throws MailError */
  async publish(items: readonly RabbitmqItem[]): Promise<void> {
    let unsure = false;
    const publish = async (): Promise<void> => {
      const opened = await this.#ready();
      if (items.some(({ dueAt }) => dueAt > Date.now())) await this.#delaying(opened);
      unsure = true;
      const sent = Promise.all(items.map((item) => this.#send(opened, item)));
      await opened.link.whileUp(items.length > 1 ? opened.link.together(sent) : sent);
    };
    await this.#attempts(publish, () => (unsure ? "unknown" : "not_sent"));
  }

  async close(): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.link.close();
  }

  #send({ channel, returned }: Opened, { body, priority, dueAt }: RabbitmqItem): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const delayMs = dueAt - Date.now();
    const { exchange, routingKey } = routeOf(this.#names, priority, delayMs);
    const messageId = String(this.#count++);
    const headers = delayMs > longestDelayMs - unitMs ? { [dueHeader]: dueAt } : {};
    channel.publish(exchange, routingKey, body, { persistent: true, mandatory: true, messageId, headers }, (error) => {
      if (error instanceof Error) reject(error);
      else if (returned.delete(messageId)) reject(new Error("its queue is gone"));
      else resolve();
    });
    return promise;
  }

  async #delaying(opened: Opened): Promise<void> {
    const { link, channel } = opened;
    opened.ladder ??= ensureLadder(channel, this.#names);
    await link.whileUp(opened.ladder);
  }

  async #ready(): Promise<Opened> {
    if (this.#opened?.link.isLost) this.#opening = undefined;
    this.#opening ??= this.#open().catch((thrown: unknown) => {
      this.#opening = undefined;
      throw thrown;
    });
    return await this.#opening;
  }

  async #open(): Promise<Opened> {
    const link = await RabbitmqLink.open(this.#server);
    try {
      const channel = await link.whileUp(link.model.createConfirmChannel());
      link.watch(channel);
      await link.whileUp(ensureQueues(link, channel, this.#names));
      const returned = new Set<string>();
      channel.on("return", ({ properties }) => {
        returned.add(String(properties.messageId));
        // Somebody has removed the queues: the next connection makes them anew.
        link.destroy();
      });
      this.#opened = { link, channel, returned };
      return this.#opened;
    } catch (thrown) {
      link.destroy();
      throw thrown;
    }
  }

  async #attempts(attempt: () => Promise<void>, delivery: () => DeliveryState = () => "not_sent"): Promise<void> {
    const { timeoutMs, secrets } = this.#server;
    try {
      await attempts(attempt, { timeoutMs, isPassing, onTimeout: () => this.#timeUp() });
    } catch (thrown) {
      throw rabbitmqError(thrown, delivery(), secrets);
    }
  }

  #timeUp(): Error {
    const { blocked } = this.#opened?.link ?? {};
    this.#opened?.link.destroy();
    return blocked === undefined ? new Error(`no answer within ${this.#server.timeoutMs} ms`) : blockedError(blocked);
  }
}
