import { closedBroker } from "./closed-broker.ts";

interface Closable {
  close(): Promise<void>;
}

/** What a broker has under way: it is taken on until the broker is closed, and closing waits for it. */
export class UnderWay<Consumer extends Closable> {
  readonly #publishing = new Set<Promise<void>>();
  readonly #consumers = new Set<Consumer>();
  readonly #connection: Closable;
  #closing: Promise<void> | undefined;

  /** @param connection is closed last */
  constructor(connection: Closable) {
    this.#connection = connection;
  }

  /** @throws MailError `unavailable` once closed */
  checkOpen(): void {
    if (this.#closing !== undefined) throw closedBroker();
  }

  async publish(publish: () => Promise<void>): Promise<void> {
    this.checkOpen();
    const publishing = publish();
    this.#publishing.add(publishing);
    await publishing.finally(() => this.#publishing.delete(publishing));
  }

  consume(open: () => Consumer): Consumer {
    this.checkOpen();
    const consumer = open();
    this.#consumers.add(consumer);
    return consumer;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#publishing);
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await this.#connection.close();
  }
}
