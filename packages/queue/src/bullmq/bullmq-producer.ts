import { once } from "node:events";
import { type DeliveryState, misconfigured } from "@mail/core";
import type { JobsOptions, Queue } from "bullmq";
import type { Redis } from "ioredis";
import { attempts } from "../broker/attempts.ts";
import { encodeMessage } from "../broker/message-frame.ts";
import type { BrokerMessage } from "../broker.ts";
import { bullmqError, isPassing, isReply, isUnwritten } from "./bullmq-error.ts";
import { type BullmqServer, jobName, type OpenRedis, openRedis } from "./bullmq-server.ts";

type Opened = Pick<OpenRedis, "bullmq" | "client">;

/** Puts mails into Redis, over a connection that lets no command wait: what fails must not be carried out an hour later. */
export class BullmqProducer {
  readonly #server: BullmqServer;
  #opening: Promise<Opened> | undefined;
  #queue: Promise<Queue> | undefined;
  #client: Redis | undefined;
  #lastError: unknown;
  #checked = false;

  constructor(server: BullmqServer) {
    this.#server = server;
  }

  /** @throws MailError `unavailable` when the time is up, `configuration` where Redis refuses the login or may evict mails */
  async ready(): Promise<void> {
    await this.#attempts(async () => void (await this.#connected()));
  }

  async publish(messages: readonly BrokerMessage[]): Promise<void> {
    const jobs = messages.map(toJob);
    let unsure = false;
    const publish = async (): Promise<void> => {
      const queue = await this.#connected();
      const before = unsure;
      // Until Redis answers. Of several jobs, it may have taken some before it refused one.
      unsure = true;
      await queue.addBulk(jobs).catch((thrown: unknown) => {
        if (isUnwritten(thrown) || (isReply(thrown) && jobs.length === 1)) unsure = before;
        throw thrown;
      });
    };
    await this.#attempts(publish, () => (unsure ? "unknown" : "not_sent"));
  }

  async close(): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined);
    const queue = await this.#queue?.catch(() => undefined);
    await queue?.close();
    opened?.client.disconnect();
  }

  async #connected(): Promise<Queue> {
    this.#opening ??= this.#open().catch((thrown: unknown) => {
      this.#opening = undefined;
      throw thrown;
    });
    const { client, bullmq } = await this.#opening;
    if (client.status === "wait") client.connect().catch(() => undefined);
    while (client.status !== "ready") await once(client, "ready");
    if (!this.#checked) await checkEviction(client);
    this.#checked = true;
    this.#queue ??= this.#openQueue(bullmq, client).catch((thrown: unknown) => {
      this.#queue = undefined;
      throw thrown;
    });
    return await this.#queue;
  }

  /** BullMQ asks Redis who it is, once: a queue for which that failed fails for ever, so it is made anew. */
  async #openQueue({ Queue: BullmqQueue }: Opened["bullmq"], connection: Redis): Promise<Queue> {
    const queue = new BullmqQueue(this.#server.name, { connection, skipVersionCheck: true });
    queue.on("error", () => undefined);
    try {
      await queue.waitUntilReady();
      return queue;
    } catch (thrown) {
      queue.close().catch(() => undefined);
      throw thrown;
    }
  }

  async #open(): Promise<Opened> {
    const { bullmq, client } = await openRedis(this.#server, {
      lazyConnect: true,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
    });
    client.on("error", (error) => {
      this.#lastError = error;
    });
    client.on("ready", () => {
      this.#lastError = undefined;
    });
    this.#client = client;
    return { client, bullmq };
  }

  async #attempts(attempt: () => Promise<void>, delivery: () => DeliveryState = () => "not_sent"): Promise<void> {
    const { timeoutMs, secrets } = this.#server;
    try {
      await attempts(attempt, { timeoutMs, isPassing, onTimeout: () => this.#timeUp() });
    } catch (thrown) {
      throw bullmqError(thrown, delivery(), secrets);
    }
  }

  #timeUp(): unknown {
    // A connection that hangs would hang for the next call as well.
    this.#client?.stream?.destroy();
    // Redis closes a connection whose login it refuses, so that all that is seen of it is the time running out.
    if (isReply(this.#lastError)) return this.#lastError;
    return new Error(`no answer within ${this.#server.timeoutMs} ms`, { cause: this.#lastError });
  }
}

function toJob(message: BrokerMessage): { name: string; data: string; opts: JobsOptions } {
  const timestamp = Date.now();
  const delay = Math.max(0, message.dueAt - timestamp);
  // A job of its own for each publish: with the mail's id as the job's, one that is taken up again while its last job
  // is not yet removed would be ignored.
  const opts = { timestamp, delay, priority: message.priority, attempts: 1, removeOnComplete: true };
  return { name: jobName, data: encodeMessage(message).toString("base64"), opts };
}

async function checkEviction(client: Redis): Promise<void> {
  const info = await client.info("memory");
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? "noeviction";
  const limit = /^maxmemory:(\d+)/m.exec(info)?.[1] ?? "0";
  if (limit === "0" || !policy.startsWith("allkeys")) return;
  throw misconfigured(
    "url",
    `is a Redis that throws keys away when its memory is full (maxmemory-policy ${policy}), and mails with them`,
    "Set maxmemory-policy to noeviction.",
  );
}
