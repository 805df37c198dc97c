import { attempts } from "../broker/attempts.ts";
import { KvBucket } from "./kv-bucket.ts";
import { KvLedgerClock } from "./kv-ledger-clock.ts";
import { inTurns } from "./kv-ledger-turns.ts";
import type { NatsClient, NatsConnection } from "./nats-connection.ts";
import { isPassing, natsError } from "./nats-error.ts";

export interface KvLedgerOptions {
  /** Shared with the broker, which closes it. */
  readonly connection: NatsConnection;
  readonly replicas: number;
  readonly timeoutMs: number;
  readonly secrets: readonly string[];
}

/** A bucket, and what time its server has. */
export interface KvPlace {
  readonly bucket: KvBucket;
  readonly now: number;
}

interface OpenBucket {
  readonly client: NatsClient;
  readonly bucket: Promise<KvBucket>;
}

/** Of items, so many are under way at once. */
const itemsPerPart = 250;

/** The calls to buckets: repeated over broken connections until their time is up. @throws MailError `unavailable` */
export class KvLedgerCalls {
  readonly #options: KvLedgerOptions;
  readonly #clock = new KvLedgerClock();
  readonly #buckets = new Map<string, OpenBucket>();

  constructor(options: KvLedgerOptions) {
    this.#options = options;
  }

  async call<T>(queue: string, work: (place: KvPlace) => Promise<T>): Promise<T> {
    const { connection, timeoutMs, secrets } = this.#options;
    const onTimeout = (): Error => {
      connection.renew();
      return new Error(`no answer within ${timeoutMs} ms`);
    };
    const attempt = async (): Promise<T> => await this.#once(queue, work);
    try {
      return await attempts(attempt, { timeoutMs, isPassing: mayPass, onTimeout });
    } catch (thrown) {
      throw natsError(thrown, "not_sent", secrets);
    }
  }

  /** One that takes as long as there is much to read: it is given up when nothing comes any more, and not repeated. */
  async pass<T>(queue: string, work: (place: KvPlace) => Promise<T>): Promise<T> {
    const place = await this.call(queue, async (now) => now);
    try {
      return await this.#options.connection.whileUp(work(place));
    } catch (thrown) {
      throw natsError(thrown, "not_sent", this.#options.secrets);
    }
  }

  /** What is done of several items when a connection breaks is not done again. */
  async each<Item, Result>(
    queue: string,
    items: readonly Item[],
    tokensOf: (item: Item) => readonly string[],
    run: (place: KvPlace, item: Item) => Promise<Result>,
  ): Promise<Result[]> {
    const results: Result[] = [];
    for (let first = 0; first < items.length; first += itemsPerPart) {
      const part = items.slice(first, first + itemsPerPart);
      const done = new Map<number, Result>();
      await this.call(queue, (place) => inTurns(part, tokensOf, (item) => run(place, item), done));
      for (const index of part.keys()) results.push(done.get(index) as Result);
    }
    return results;
  }

  async #once<T>(queue: string, work: (place: KvPlace) => Promise<T>): Promise<T> {
    const { connection } = this.#options;
    const client = await connection.ready();
    try {
      return await connection.whileUp(this.#work(client, queue, work));
    } catch (thrown) {
      // It is looked for again before the next call: what should have answered for it did not.
      if (mayPass(thrown)) this.#buckets.delete(queue);
      throw thrown;
    }
  }

  async #work<T>(client: NatsClient, queue: string, work: (place: KvPlace) => Promise<T>): Promise<T> {
    const bucket = await this.#open(client, queue);
    return await work({ bucket, now: await this.#clock.now(bucket) });
  }

  async #open(client: NatsClient, queue: string): Promise<KvBucket> {
    const known = this.#buckets.get(queue);
    if (known?.client === client) return await known.bucket;
    const bucket = KvBucket.open(client, queue, this.#options.replicas);
    this.#buckets.set(queue, { client, bucket });
    bucket.catch(() => this.#buckets.delete(queue));
    return await bucket;
  }
}

/** Also where the bucket was removed: it is made anew. */
function mayPass(thrown: unknown): boolean {
  return isPassing(thrown) || (thrown instanceof Error && thrown.name === "StreamNotFoundError");
}
