import type { Redis, RedisOptions } from "ioredis";
import { loadClient } from "../broker/load-client.ts";

export interface BullmqServer {
  readonly url: string;
  /** Of the queue. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly secrets: readonly string[];
}

/** BullMQ wants a name for each job. */
export const jobName = "mail";

export interface OpenRedis {
  readonly name: string;
  readonly bullmq: typeof import("bullmq");
  readonly client: Redis;
}

/** Loads the libraries and makes a client that reconnects by itself, for ever, at most a second after Redis is back. */
export async function openRedis(
  { url, name, timeoutMs }: BullmqServer,
  options: Omit<RedisOptions, "replyMapping">,
): Promise<OpenRedis> {
  const [bullmq, { Redis }] = await loadClient("bullmq", "bullmq ioredis", () =>
    Promise.all([import("bullmq"), import("ioredis")]),
  );
  const retryStrategy = (tries: number): number => Math.min(1_000, 50 * 2 ** Math.min(tries, 10));
  const client = new Redis(url, { connectTimeout: timeoutMs, retryStrategy, ...options });
  return { name, bullmq, client };
}
