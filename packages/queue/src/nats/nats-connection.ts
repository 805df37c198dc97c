import { misconfigured } from "@mail/core";
import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection as Connection } from "@nats-io/transport-node";
import { loadClient } from "../broker/load-client.ts";
import { type NatsNames, natsNames } from "./nats-names.ts";

export interface NatsServer {
  readonly servers: readonly string[];
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
  readonly tls: boolean;
  /** Of the queue. */
  readonly name: string;
  readonly replicas: number;
  readonly timeoutMs: number;
  readonly secrets: readonly string[];
}

export interface NatsClient {
  readonly nc: Connection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  readonly names: NatsNames;
}

const reconnectMs = 250;
/** A connection that is silent for three of these is given up. */
const pingMs = 10_000;

/** The connection of one broker. It reconnects by itself; one that was closed for good is opened anew at the next call. */
export class NatsConnection {
  readonly #server: NatsServer;
  readonly #onRenewed = new Set<() => void>();
  #opening: Promise<NatsClient> | undefined;
  #client: NatsClient | undefined;
  #up: PromiseWithResolvers<void> = Promise.withResolvers();
  #lost: PromiseWithResolvers<never> = unheard();
  #streamIsThere = false;

  constructor(server: NatsServer) {
    this.#server = server;
  }

  /** Of the server, in bytes, once it is known. */
  get maxPayload(): number | undefined {
    return this.#client?.nc.info?.max_payload;
  }

  /** Waits for the connection and the stream, for ever where nobody sets it a limit. */
  async ready(): Promise<NatsClient> {
    this.#opening ??= this.#open().catch((thrown: unknown) => {
      this.#opening = undefined;
      throw thrown;
    });
    const client = await this.#opening;
    await this.#up.promise;
    if (!this.#streamIsThere) await this.whileUp(this.#ensureStream(client));
    this.#streamIsThere = true;
    return client;
  }

  /** @throws as soon as the connection is lost: an answer that was under way does not come any more */
  async whileUp<T>(work: Promise<T>): Promise<T> {
    return await Promise.race([work, this.#lost.promise]);
  }

  /** The stream is looked for again before the next call: what should have answered for it did not. */
  doubtStream(): void {
    this.#streamIsThere = false;
  }

  /** Calls `handler` after each reconnection, and where the connection was closed for good: what was asked for is forgotten. */
  onRenewed(handler: () => void): () => void {
    this.#onRenewed.add(handler);
    return () => this.#onRenewed.delete(handler);
  }

  /** Lets go of a connection that hangs, for a new one. */
  renew(): void {
    this.#client?.nc.reconnect().catch(() => undefined);
  }

  async close(): Promise<void> {
    const client = await this.#opening?.catch(() => undefined);
    await client?.nc.close();
  }

  async #open(): Promise<NatsClient> {
    const { servers, name, timeoutMs, tls, user, pass, token } = this.#server;
    const packages = "@nats-io/transport-node @nats-io/jetstream";
    const [{ connect }, { jetstream, jetstreamManager }] = await loadClient("nats", packages, () =>
      Promise.all([import("@nats-io/transport-node"), import("@nats-io/jetstream")]),
    );
    const nc = await connect({
      servers: [...servers],
      name: `@mail/queue ${name}`,
      timeout: timeoutMs,
      maxReconnectAttempts: -1,
      reconnectTimeWait: reconnectMs,
      pingInterval: pingMs,
      noAsyncTraces: true,
      ...(tls && { tls: {} }),
      ...(user !== undefined && { user }),
      ...(pass !== undefined && { pass }),
      ...(token !== undefined && { token }),
    });
    const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: timeoutMs });
    this.#client = { nc, js: jetstream(nc, { timeout: timeoutMs }), jsm, names: natsNames(name) };
    this.#up.resolve();
    void this.#watch(nc);
    return this.#client;
  }

  async #watch(nc: Connection): Promise<void> {
    void nc.closed().then(() => {
      this.#opening = undefined;
      this.#goDown();
      for (const handler of this.#onRenewed) handler();
    });
    for await (const { type } of nc.status()) {
      if (type === "disconnect") this.#goDown();
      if (type !== "reconnect") continue;
      this.#lost = unheard();
      this.#up.resolve();
      for (const handler of this.#onRenewed) handler();
    }
  }

  #goDown(): void {
    this.#up = Promise.withResolvers();
    this.#streamIsThere = false;
    this.#lost.reject(Object.assign(new Error("the connection was lost"), { name: "ConnectionError" }));
    if (this.#opening === undefined) this.#lost = unheard();
  }

  /** On disk, refusing rather than forgetting when it is full, and each mail gone with its ack. */
  async #ensureStream({ jsm, names }: NatsClient): Promise<void> {
    const { DiscardPolicy, JetStreamApiCodes, JetStreamApiError, RetentionPolicy, StorageType } = await import(
      "@nats-io/jetstream"
    );
    try {
      const { config } = await jsm.streams.info(names.stream);
      if (config.retention === RetentionPolicy.Workqueue && config.storage === StorageType.File) return;
    } catch (thrown) {
      if (!(thrown instanceof JetStreamApiError && thrown.code === JetStreamApiCodes.StreamNotFound)) throw thrown;
      await jsm.streams.add({
        name: names.stream,
        subjects: [names.subjects],
        retention: RetentionPolicy.Workqueue,
        storage: StorageType.File,
        discard: DiscardPolicy.New,
        num_replicas: this.#server.replicas,
      });
      return;
    }
    const hint = `Remove the stream ${names.stream}, or give the queue another name.`;
    throw misconfigured("name", "is that of a stream that is no work queue on disk", hint);
  }
}

/** A promise whose rejection nobody needs to hear. */
function unheard(): PromiseWithResolvers<never> {
  const resolvers = Promise.withResolvers<never>();
  resolvers.promise.catch(() => undefined);
  return resolvers;
}
