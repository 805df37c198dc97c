import { once } from "node:events";
import { misconfigured } from "@mail/core";
import type { Cluster, Redis } from "ioredis";
import { StoreCalls } from "../store-calls.ts";
import { redisFailure } from "./redis-error.ts";

/** A Lua script, which Redis runs as one step (redis.io, Scripting with Lua). */
export interface RedisScript {
  readonly name: string;
  readonly numberOfKeys: number;
  readonly lua: string;
}

export interface RedisConnectionOptions {
  readonly url: string | undefined;
  readonly client: Redis | Cluster | undefined;
  readonly timeoutMs: number;
  readonly secrets: readonly string[];
}

export type RedisParameter = string | number | Buffer;

/** ioredis takes lists apart: a call of JavaScript itself holds some 100,000 arguments at most. */
type Command = (...parameters: readonly (string | readonly RedisParameter[])[]) => Promise<unknown>;

/** The way to Redis. One of its own is opened when it is needed: nothing reconnects in the background. */
export class RedisConnection {
  readonly #options: RedisConnectionOptions;
  readonly #calls: StoreCalls;
  readonly #defined = new Set<string>();
  #creating: Promise<Redis> | undefined;
  #own: Redis | undefined;
  #connecting: Promise<void> | undefined;
  #lastError: unknown;

  constructor(options: RedisConnectionOptions) {
    this.#options = options;
    const { timeoutMs, secrets } = options;
    const explain = (thrown: unknown) => redisFailure(thrown, options.url === undefined ? "client" : "url");
    // A connection that hangs would hang for the next call as well.
    this.#calls = new StoreCalls({ timeoutMs, secrets, explain, onTimeout: () => this.#own?.stream?.destroy() });
  }

  async run(
    script: RedisScript,
    keys: readonly string[],
    parameters: readonly RedisParameter[] = [],
  ): Promise<unknown> {
    return await this.#run(script, script.name, keys, parameters);
  }

  /** As `run`, with answers as bytes. */
  async runForBytes(
    script: RedisScript,
    keys: readonly string[],
    parameters: readonly RedisParameter[] = [],
  ): Promise<unknown> {
    return await this.#run(script, `${script.name}Buffer`, keys, parameters);
  }

  async #run(
    script: RedisScript,
    method: string,
    keys: readonly string[],
    parameters: readonly RedisParameter[],
  ): Promise<unknown> {
    return await this.#calls.run(async (_, signal) => {
      const client = await this.#ready(signal);
      if (!this.#defined.has(script.name)) client.defineCommand(script.name, script);
      this.#defined.add(script.name);
      const command = Reflect.get(client, method) as Command;
      return await command.call(client, ...keys, parameters);
    });
  }

  async close(): Promise<void> {
    await this.#calls.close(() => this.#own?.disconnect());
  }

  async #ready(signal: AbortSignal): Promise<Redis | Cluster> {
    const { client } = this.#options;
    if (client !== undefined) return await givenClient(client, signal);
    this.#creating ??= this.#create().catch((thrown: unknown) => {
      this.#creating = undefined;
      throw thrown;
    });
    const own = await this.#creating;
    if (own.status !== "ready") {
      this.#connecting ??= own
        .connect()
        // ioredis says here only that the connection is closed, and why in an event.
        .catch((thrown: unknown) => Promise.reject(this.#lastError ?? thrown))
        .finally(() => {
          this.#connecting = undefined;
          this.#lastError = undefined;
        });
      await this.#connecting;
    }
    return own;
  }

  async #create(): Promise<Redis> {
    const { Redis } = await import("ioredis").catch((thrown: unknown) => {
      throw notInstalled(thrown);
    });
    const { url = "", timeoutMs } = this.#options;
    const own = new Redis(url, {
      lazyConnect: true,
      connectTimeout: timeoutMs,
      retryStrategy: () => null,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
    });
    own.on("error", (error) => {
      this.#lastError = error;
    });
    own.on("connect", () => own.stream.unref());
    this.#own = own;
    return own;
  }
}

/** Waits until the app's own client, which reconnects by itself, is connected: what it queues may be carried out late. */
async function givenClient(client: Redis | Cluster, signal: AbortSignal): Promise<Redis | Cluster> {
  if (client.status === "ready") return client;
  if (client.status === "end") throw misconfigured("client", "is closed", "Pass a client that is open.");
  if (client.status === "wait") client.connect().catch(() => undefined);
  await once(client, "ready", { signal });
  return client;
}

function notInstalled(thrown: unknown): unknown {
  const missing = thrown instanceof Error && "code" in thrown && thrown.code === "ERR_MODULE_NOT_FOUND";
  return missing ? misconfigured("url", "needs the package ioredis", "Run: npm install ioredis") : thrown;
}
