import { setTimeout as sleep } from "node:timers/promises";
import type { Channel, ConsumeMessage } from "amqplib";
import { decodeMessage } from "../broker/message-frame.ts";
import { reasonOf } from "../broker/reason-of.ts";
import { ReportOnce } from "../broker/report-once.ts";
import type { BrokerConsumer, BrokerMessage, BrokerSubscription } from "../broker.ts";
import { ConsumedQueue } from "./consumed-queue.ts";
import { rabbitmqError } from "./rabbitmq-error.ts";
import { RabbitmqLink, type RabbitmqServer } from "./rabbitmq-link.ts";
import { dueHeader, type RabbitmqProducer } from "./rabbitmq-producer.ts";
import { rabbitmqNames } from "./rabbitmq-topology.ts";

const [firstRetryMs, longestRetryMs] = [100, 2_000];

/** One connection, with the queue of each priority. */
interface Opened {
  readonly link: RabbitmqLink;
  readonly queues: readonly ConsumedQueue[];
}

/** Takes mails from the queues of all priorities. What it holds the server gives to others when the connection is lost. */
export class RabbitmqConsumer implements BrokerConsumer {
  readonly #server: RabbitmqServer;
  readonly #producer: RabbitmqProducer;
  readonly #subscription: BrokerSubscription;
  readonly #reports: ReportOnce;
  readonly #held = new Set<ConsumeMessage>();
  readonly #settling = new Set<Promise<void>>();
  readonly #running: Promise<void>;
  readonly #stopped = new AbortController();
  #opened: Opened | undefined;
  #isPaused = false;
  #switching: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;
  #isClosed = false;

  constructor(server: RabbitmqServer, producer: RabbitmqProducer, subscription: BrokerSubscription) {
    this.#server = server;
    this.#producer = producer;
    this.#subscription = subscription;
    this.#reports = new ReportOnce(subscription.onError);
    this.#running = this.#run();
  }

  pause(): void {
    this.#isPaused = true;
    void this.#switch();
  }

  resume(): void {
    this.#isPaused = false;
    void this.#switch();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async close(): Promise<void> {
    await this.stop();
    await Promise.allSettled(this.#settling);
    this.#isClosed = true;
    await this.#opened?.link.close();
    await this.#running;
  }

  async #stop(): Promise<void> {
    this.#stopped.abort();
    await this.#switch();
    this.#letGo();
  }

  #letGo(): void {
    if (this.#stopping !== undefined && this.#held.size === 0) void this.#opened?.link.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    for (let waitMs = firstRetryMs; !signal.aborted; waitMs = Math.min(longestRetryMs, waitMs * 2)) {
      try {
        const link = await this.#open();
        this.#reports.reset();
        waitMs = firstRetryMs;
        if (this.#isClosed) await link.close();
        await link.lost;
      } catch (thrown) {
        this.#opened = undefined;
        this.#held.clear();
        this.#report(thrown);
        await sleep(waitMs, undefined, { ref: false, signal }).catch(() => undefined);
      }
    }
  }

  async #open(): Promise<RabbitmqLink> {
    // It makes the queues. Those that delay too, before there is any trouble: RabbitMQ forgets to elect a leader for a queue
    // that it is about to make when it is killed, and mails that are to pass through that one stay where they are.
    await this.#producer.readyToDelay();
    const link = await RabbitmqLink.open(this.#server, this.#subscription.leaseMs);
    try {
      const { due } = rabbitmqNames(this.#server.name);
      this.#opened = { link, queues: await Promise.all(due.map((queue) => this.#queue(link, queue))) };
      await this.#switch();
      return link;
    } catch (thrown) {
      link.destroy();
      throw thrown;
    }
  }

  async #queue(link: RabbitmqLink, queue: string): Promise<ConsumedQueue> {
    const channel = await link.whileUp(link.model.createChannel());
    link.watch(channel);
    await link.whileUp(channel.prefetch(this.#subscription.prefetch, false));
    return new ConsumedQueue({
      channel,
      queue,
      onMessage: (from, raw) => this.#take(link, from, raw),
      onFailed: () => link.destroy(),
    });
  }

  /** One after another: it may be told to pause while it resumes. */
  #switch(): Promise<void> {
    const switched = this.#switching.then(() => this.#opened && this.#follow(this.#opened));
    // What fails ends the connection, and the next one does as it should.
    this.#switching = switched.catch(() => this.#opened?.link.destroy());
    return this.#switching;
  }

  /** Consumes or not, as it is to be now. */
  async #follow({ link, queues }: Opened): Promise<void> {
    if (!this.#isPaused && !this.#stopped.signal.aborted) for (const queue of queues) queue.consume();
    else await link.whileUp(Promise.all(queues.map((queue) => queue.cancel())));
  }

  #take(link: RabbitmqLink, channel: Channel, raw: ConsumeMessage | null): void {
    // The server has taken the queue away, or its leader is another one now.
    if (raw === null) link.destroy();
    else if (this.#isPaused || this.#stopped.signal.aborted) channel.nack(raw, false, true);
    else this.#pass(channel, raw);
  }

  #pass(channel: Channel, raw: ConsumeMessage): void {
    this.#held.add(raw);
    let message: BrokerMessage;
    try {
      message = decodeMessage(raw.content);
    } catch (thrown) {
      this.#track(raw, this.#unreadable(channel, raw, reasonOf(thrown))).catch((error: unknown) => this.#report(error));
      return;
    }
    const { priority } = message;
    const leftMs = dueAtOf(raw, message) - Date.now();
    if (leftMs > 0) {
      this.#track(raw, this.#later(channel, raw, priority, leftMs)).catch((error: unknown) => this.#report(error));
      return;
    }
    this.#subscription.onDelivery({
      message,
      ack: () =>
        this.#track(
          raw,
          this.#answer(() => channel.ack(raw)),
        ),
      later: (delayMs) => this.#track(raw, this.#later(channel, raw, priority, delayMs)),
    });
  }

  /** First the copy, then the ack: a crash in between makes two of it rather than none. */
  async #later(channel: Channel, raw: ConsumeMessage, priority: number, delayMs: number): Promise<void> {
    if (delayMs <= 0) return await this.#answer(() => channel.nack(raw, false, true));
    try {
      await this.#producer.publish([{ body: raw.content, priority, dueAt: Date.now() + delayMs }]);
    } catch (thrown) {
      await this.#answer(() => channel.nack(raw, false, true));
      throw thrown;
    }
    await this.#answer(() => channel.ack(raw));
  }

  async #unreadable(channel: Channel, raw: ConsumeMessage, reason: string): Promise<void> {
    try {
      await this.#subscription.onUnreadable(raw.content, reason);
    } catch (thrown) {
      await sleep(firstRetryMs);
      await this.#answer(() => channel.nack(raw, false, true));
      throw thrown;
    }
    await this.#answer(() => channel.ack(raw));
  }

  /** The server does not confirm it: what does not arrive comes again. So does what a lost channel held. */
  async #answer(send: () => void): Promise<void> {
    try {
      send();
    } catch (thrown) {
      if (!(thrown instanceof Error && thrown.name === "IllegalOperationError")) throw thrown;
    }
  }

  #track(raw: ConsumeMessage, settled: Promise<void>): Promise<void> {
    const settling = settled.finally(() => {
      this.#settling.delete(settling);
      this.#held.delete(raw);
      this.#letGo();
    });
    this.#settling.add(settling);
    return settling;
  }

  #report(thrown: unknown): void {
    if (this.#stopping === undefined) this.#reports.report(rabbitmqError(thrown, "not_sent", this.#server.secrets));
  }
}

/** Of a mail that the ladder could not delay for long enough in one go, what it was delayed for. */
function dueAtOf({ properties }: ConsumeMessage, { dueAt }: BrokerMessage): number {
  const until: unknown = properties.headers?.[dueHeader];
  return typeof until === "number" ? until : dueAt;
}
