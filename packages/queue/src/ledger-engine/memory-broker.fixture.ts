import { MailError } from "@mail/core";
import type { Broker, BrokerConsumer, BrokerMessage, BrokerSubscription, Delivery } from "../broker.ts";

interface Held {
  readonly message: BrokerMessage;
  readyAt: number;
  /** Who holds it: new for each delivery. */
  holder: { readonly connection: Connection } | undefined;
}

interface Connection {
  readonly subscription: BrokerSubscription;
  /** How many it holds, by priority. */
  readonly holds: Map<number, number>;
  isPaused: boolean;
  isStopped: boolean;
}

const away = (delivery: "not_sent" | "unknown"): MailError =>
  new MailError("The broker is away.", { code: "unavailable", delivery, hint: "It is away for a test." });

/** A broker of this process that can be told to fail as brokers do. */
export class MemoryBroker implements Broker {
  readonly name = "memory";
  /** Nothing reaches it, and nothing comes from it. */
  isAway = false;
  /** The next `publish` fails: before anything was taken, or after all was. */
  failPublish: "before" | "after" | undefined;
  /** The next answer to a delivery, `ack` or `later`, is lost: before it arrived or after it was taken. */
  failAnswer: "before" | "after" | undefined;
  /** Every message goes into the broker twice. */
  takesTwice = false;
  /** Messages come at once the first time, whenever they are due. */
  isEarly = false;
  isClosed = false;
  extended = 0;
  readonly messages: Set<Held> = new Set();
  readonly #connections = new Set<Connection>();
  get connections(): readonly Connection[] {
    return [...this.#connections];
  }
  #timer: NodeJS.Timeout | undefined;
  #isDelivering = false;

  async publish(messages: readonly BrokerMessage[]): Promise<void> {
    const fails = this.failPublish;
    this.failPublish = undefined;
    if (this.isAway || fails === "before") throw away("not_sent");
    const times = this.takesTwice ? 2 : 1;
    for (const message of messages) for (let time = 0; time < times; time++) this.put(message);
    if (fails === "after") throw away("unknown");
  }

  /** One message more, as if another process had published it. */
  put(message: BrokerMessage): void {
    const own = { ...message, payload: message.payload.slice() };
    this.messages.add({ message: own, readyAt: this.isEarly ? 0 : message.dueAt, holder: undefined });
    this.#deliver();
  }

  subscribe(subscription: BrokerSubscription): BrokerConsumer {
    const connection: Connection = { subscription, holds: new Map(), isPaused: false, isStopped: false };
    this.#connections.add(connection);
    this.#deliver();
    return {
      pause: () => {
        connection.isPaused = true;
      },
      resume: () => {
        connection.isPaused = false;
        this.#deliver();
      },
      stop: async () => {
        connection.isStopped = true;
      },
    };
  }

  /** All connections break and come back: whatever is held is delivered again, and answers to it come too late. */
  loseConnection(): void {
    for (const held of this.messages) this.#release(held);
    this.#deliver();
  }

  async ready(): Promise<void> {
    if (this.isAway) throw away("not_sent");
  }

  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.#timer);
  }

  #release(held: Held): void {
    const { priority } = held.message;
    const holds = held.holder?.connection.holds;
    held.holder = undefined;
    holds?.set(priority, (holds.get(priority) ?? 1) - 1);
  }

  #deliver(): void {
    if (this.#isDelivering) return;
    this.#isDelivering = true;
    setImmediate(() => {
      this.#isDelivering = false;
      if (!this.isAway && !this.isClosed) this.#deliverReady();
    });
  }

  #deliverReady(): void {
    const now = Date.now();
    const free = [...this.messages].filter(({ holder }) => holder === undefined);
    const ready = free.filter(({ readyAt }) => readyAt <= now);
    ready.sort((one, other) => one.message.priority - other.message.priority);
    for (const held of ready) this.#offer(held);
    const nextAt = Math.min(...free.filter(({ readyAt }) => readyAt > now).map(({ readyAt }) => readyAt));
    clearTimeout(this.#timer);
    if (Number.isFinite(nextAt)) this.#timer = setTimeout(() => this.#deliver(), Math.min(nextAt - now, 60_000));
  }

  #offer(held: Held): void {
    const { priority } = held.message;
    for (const connection of this.#connections) {
      const { subscription, isPaused, isStopped, holds } = connection;
      const holding = holds.get(priority) ?? 0;
      if (isPaused || isStopped || holding >= subscription.prefetch) continue;
      holds.set(priority, holding + 1);
      const holder = { connection };
      held.holder = holder;
      // To the end, so that several connections share.
      this.#connections.delete(connection);
      this.#connections.add(connection);
      subscription.onDelivery(this.#delivery(held, holder));
      return;
    }
  }

  #delivery(held: Held, holder: Held["holder"]): Delivery {
    const answer = async (act: () => void): Promise<void> => {
      const fails = this.failAnswer;
      this.failAnswer = undefined;
      if (this.isAway || fails === "before" || held.holder !== holder) throw away("unknown");
      this.#release(held);
      act();
      this.#deliver();
      if (fails === "after") throw away("unknown");
    };
    return {
      message: held.message,
      ack: () => answer(() => this.messages.delete(held)),
      later: (delayMs) =>
        answer(() => {
          held.readyAt = Date.now() + delayMs;
        }),
      extend: () => {
        this.extended++;
      },
    };
  }
}
