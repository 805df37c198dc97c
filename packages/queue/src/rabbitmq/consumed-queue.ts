import type { Channel, ConsumeMessage } from "amqplib";

export interface ConsumedQueueOptions {
  /** Of this queue alone: a server that cannot answer for one queue answers for nothing else on its channel either. */
  readonly channel: Channel;
  readonly queue: string;
  readonly onMessage: (channel: Channel, raw: ConsumeMessage | null) => void;
  readonly onFailed: () => void;
}

/** One queue, which is consumed or not. A queue without a leader lets others wait for its answer for a minute. */
export class ConsumedQueue {
  readonly #options: ConsumedQueueOptions;
  #isWanted = false;
  #isAsking = false;
  #tag: string | undefined;

  constructor(options: ConsumedQueueOptions) {
    this.#options = options;
  }

  consume(): void {
    this.#isWanted = true;
    if (this.#tag === undefined && !this.#isAsking) this.#ask().catch(() => this.#options.onFailed());
  }

  /** Where the server has yet to answer, it is cancelled when it has. */
  async cancel(): Promise<void> {
    this.#isWanted = false;
    const tag = this.#tag;
    this.#tag = undefined;
    if (tag !== undefined) await this.#options.channel.cancel(tag);
  }

  async #ask(): Promise<void> {
    const { channel, queue, onMessage } = this.#options;
    this.#isAsking = true;
    const { consumerTag } = await channel.consume(queue, (raw) => onMessage(channel, raw));
    this.#isAsking = false;
    this.#tag = consumerTag;
    if (!this.#isWanted) await this.cancel();
  }
}
