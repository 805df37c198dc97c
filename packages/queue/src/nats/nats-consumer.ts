import { setTimeout as sleep } from "node:timers/promises";
import type { NatsConnection as Connection, Msg } from "@nats-io/transport-node";
import { attempts } from "../broker/attempts.ts";
import { decodeMessage } from "../broker/message-frame.ts";
import { reasonOf } from "../broker/reason-of.ts";
import { ReportOnce } from "../broker/report-once.ts";
import type { BrokerConsumer, BrokerMessage, BrokerSubscription } from "../broker.ts";
import { ackBody, nak, nakBody, workingBody } from "./nats-ack.ts";
import type { NatsClient, NatsConnection } from "./nats-connection.ts";
import { ensureConsumers } from "./nats-consumers.ts";
import { isPassing, natsError } from "./nats-error.ts";
import { NatsMover } from "./nats-mover.ts";
import { NatsPull } from "./nats-pull.ts";

export interface NatsConsumerOptions {
  readonly connection: NatsConnection;
  readonly timeoutMs: number;
  readonly secrets: readonly string[];
}

const retryMs = 1_000;

/** Takes mails from the consumers of all priorities, and moves to them what becomes due. */
export class NatsConsumer implements BrokerConsumer {
  readonly #options: NatsConsumerOptions;
  readonly #subscription: BrokerSubscription;
  readonly #reports: ReportOnce;
  readonly #offRenewed: () => void;
  /** How many are held, by the index of their priority. */
  readonly #held: number[] = [];
  readonly #settling = new Set<Promise<void>>();
  #client: NatsClient | undefined;
  #pulls: readonly NatsPull[] = [];
  #mover: NatsMover | undefined;
  #isPaused = false;
  #stopping: Promise<void> | undefined;
  #starting: Promise<void> | undefined;

  constructor(options: NatsConsumerOptions, subscription: BrokerSubscription) {
    this.#options = options;
    this.#subscription = subscription;
    this.#reports = new ReportOnce(subscription.onError);
    this.#offRenewed = options.connection.onRenewed(() => this.#restart());
    this.#restart();
  }

  pause(): void {
    this.#isPaused = true;
    const pulls = this.#pulls;
    this.#pulls = [];
    for (const pull of pulls) void pull.stop();
  }

  resume(): void {
    this.#isPaused = false;
    this.#startPulls();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Waits for the answers that are under way. */
  async close(): Promise<void> {
    await this.stop();
    await Promise.allSettled(this.#settling);
  }

  async #stop(): Promise<void> {
    this.#offRenewed();
    const pulls = [...this.#pulls, ...(this.#mover ? [this.#mover] : [])];
    this.#pulls = [];
    const stopped = Promise.all(pulls.map((pull) => pull.stop()));
    // Of a connection that is lost nothing more comes.
    await this.#options.connection.whileUp(stopped).catch(() => undefined);
  }

  /** Asks anew: what the last connection had asked for is forgotten. */
  #restart(): void {
    for (const pull of [...this.#pulls, ...(this.#mover ? [this.#mover] : [])]) pull.forget();
    this.#pulls = [];
    this.#mover = undefined;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
  }

  async #start(): Promise<void> {
    const { connection } = this.#options;
    while (this.#stopping === undefined) {
      try {
        const client = await connection.ready();
        await connection.whileUp(ensureConsumers(client, this.#subscription.leaseMs));
        // It may have been stopped meanwhile.
        if (this.#stopping !== undefined) return;
        this.#client = client;
        this.#mover = new NatsMover(
          client,
          (reason) => this.#trouble(reason),
          (thrown) => this.#report(thrown),
        );
        this.#startPulls();
        return this.#reports.reset();
      } catch (thrown) {
        this.#report(thrown);
        connection.doubtStream();
        await sleep(retryMs, undefined, { ref: false });
      }
    }
  }

  #startPulls(): void {
    const client = this.#client;
    if (client === undefined || this.#mover === undefined || this.#pulls.length > 0) return;
    if (this.#isPaused || this.#stopping !== undefined) return;
    const { nc, names } = client;
    this.#pulls = names.due.map(
      ({ durable }, index) =>
        new NatsPull(nc, {
          stream: names.stream,
          durable,
          room: () => this.#subscription.prefetch - (this.#held[index] ?? 0),
          onMessage: (message) => this.#pass(nc, message, index),
          onLate: (message) => nak(nc, message),
          onTrouble: (reason) => this.#trouble(reason),
        }),
    );
  }

  #trouble(reason: string): void {
    if (this.#stopping !== undefined || this.#starting !== undefined) return;
    this.#report(new Error(`the server hands nothing out: ${reason}`));
    this.#starting = sleep(retryMs, undefined, { ref: false }).finally(() => {
      this.#starting = undefined;
      if (this.#stopping === undefined) this.#restart();
    });
  }

  #pass(nc: Connection, raw: Msg, index: number): void {
    this.#held[index] = (this.#held[index] ?? 0) + 1;
    let message: BrokerMessage;
    try {
      message = decodeMessage(raw.data);
    } catch (thrown) {
      void this.#unreadable(nc, raw, index, reasonOf(thrown));
      return;
    }
    this.#subscription.onDelivery({
      message,
      ack: () => this.#settle(raw, index, ackBody),
      later: (delayMs) => this.#settle(raw, index, nakBody(delayMs)),
      extend: () => {
        if (!nc.isClosed()) raw.respond(workingBody);
      },
    });
  }

  async #unreadable(nc: Connection, raw: Msg, index: number, reason: string): Promise<void> {
    try {
      await this.#subscription.onUnreadable(raw.data, reason);
      await this.#settle(raw, index, ackBody);
    } catch (thrown) {
      this.#release(index);
      this.#report(thrown);
      nak(nc, raw, retryMs);
    }
  }

  async #settle(raw: Msg, index: number, body: string): Promise<void> {
    const settling = this.#answer(raw, body).finally(() => {
      this.#settling.delete(settling);
      this.#release(index);
    });
    this.#settling.add(settling);
    await settling;
  }

  /** Until the server has said that it knows; it takes an answer over any connection. */
  async #answer(raw: Msg, body: string): Promise<void> {
    const { connection, timeoutMs, secrets } = this.#options;
    const answer = async (): Promise<void> => {
      const { nc } = await connection.ready();
      await connection.whileUp(nc.request(raw.reply ?? "", body, { timeout: timeoutMs }));
    };
    const onTimeout = (): Error => new Error(`no answer within ${timeoutMs} ms`);
    try {
      await attempts(answer, { timeoutMs, isPassing, onTimeout });
    } catch (thrown) {
      throw natsError(thrown, "unknown", secrets);
    }
  }

  #release(index: number): void {
    this.#held[index] = Math.max(0, (this.#held[index] ?? 0) - 1);
    this.#pulls[index]?.ask();
  }

  #report(thrown: unknown): void {
    if (this.#stopping === undefined) this.#reports.report(natsError(thrown, "not_sent", this.#options.secrets));
  }
}
