import { Socket } from "node:net";
import { misconfigured } from "@mail/core";
import type { Channel, ChannelModel } from "amqplib";
import { loadClient } from "../broker/load-client.ts";
import { within } from "../broker/within.ts";

export interface RabbitmqServer {
  readonly url: string;
  /** Of the queue. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly secrets: readonly string[];
}

/** The longest heartbeat, in seconds: a connection that is silent for two to three of them is given up, by both sides. */
const longestHeartbeat = 10;

/** Delayed mails are handed on without loss since this version (RabbitMQ documentation, Quorum Queues, Dead Lettering). */
const oldestVersion = [3, 10] as const;

/** A connection that is used until it, or any channel on it, is lost, and then never again. */
export class RabbitmqLink {
  readonly model: ChannelModel;
  /** Such as 3.10 as 3 and 10. */
  readonly version: readonly [major: number, minor: number];
  /** Why the server takes no mails for now: it is short of memory or disk. */
  blocked: string | undefined;
  readonly #timeoutMs: number;
  readonly #lost: PromiseWithResolvers<never> = Promise.withResolvers();
  readonly #channels: Channel[] = [];
  #isLost = false;
  #isClosing = false;
  #together = 0;
  /** amqplib has no other way to end a connection that hangs. */
  readonly #socket: Socket | undefined;
  #closing: Promise<void> | undefined;

  private constructor(model: ChannelModel, timeoutMs: number) {
    this.model = model;
    this.#timeoutMs = timeoutMs;
    const stream: unknown = Reflect.get(model.connection, "stream");
    if (stream instanceof Socket) this.#socket = stream;
    const [major = 0, minor = 0] = model.connection.serverProperties.version.split(".").map(Number);
    this.version = [major, minor];
    this.#lost.promise.catch(() => undefined);
    model.on("error", (error) => this.#lose(error));
    model.on("close", (error?: Error) => this.#lose(error ?? new Error("the connection was closed")));
    model.on("blocked", (reason) => {
      this.blocked = reason;
    });
    model.on("unblocked", () => {
      this.blocked = undefined;
    });
  }

  /** @param leaseMs after about how long what it holds is to go to others where the process or its host hangs */
  static async open({ url, name, timeoutMs }: RabbitmqServer, leaseMs?: number): Promise<RabbitmqLink> {
    const { connect } = await loadClient("rabbitmq", "amqplib", () => import("amqplib"));
    const timed = new URL(url);
    if (!timed.searchParams.has("heartbeat")) timed.searchParams.set("heartbeat", heartbeatOf(leaseMs));
    const clientProperties = { connection_name: `@mail/queue ${name}` };
    const model = await connect(timed.href, { timeout: timeoutMs, noDelay: true, clientProperties });
    const link = new RabbitmqLink(model, timeoutMs);
    const [major, minor] = link.version;
    if (major > oldestVersion[0] || (major === oldestVersion[0] && minor >= oldestVersion[1])) return link;
    await link.close();
    const hint = "Update RabbitMQ: before 3.10 its quorum queues lose delayed mails when it crashes.";
    throw misconfigured("url", `is a RabbitMQ ${major}.${minor}`, hint);
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Rejects when the connection is lost. */
  get lost(): Promise<never> {
    return this.#lost.promise;
  }

  /** @throws as soon as the connection is lost: an answer that was under way does not come any more */
  async whileUp<T>(work: Promise<T>): Promise<T> {
    return await Promise.race([work, this.#lost.promise]);
  }

  /** A channel that dies takes the connection with it: both are made anew. */
  watch(channel: Channel): void {
    this.#channels.push(channel);
    const lose = (error: Error): void => {
      this.#lose(error);
      this.destroy();
    };
    channel.on("error", lose);
    channel.on("close", () => {
      if (!this.#isLost && !this.#isClosing) lose(new Error("the channel was closed"));
    });
  }

  /** Closes in good order, so that everything that was written before is done. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    if (this.#isLost) return;
    this.#isClosing = true;
    // A connection's own words overtake those of its channels: acks would be lost.
    const channels = Promise.all(this.#channels.map((channel) => channel.close()));
    const closed = this.whileUp(channels.then(() => this.model.close()));
    // A channel that waits for a queue without a leader is not closed for a minute.
    const late = (): Error => new Error("the connection does not close");
    await within(closed, this.#timeoutMs, late).catch(() => this.destroy());
    this.#lose(new Error("the connection was closed"));
  }

  /** Lets go of a connection that hangs. */
  destroy(): void {
    this.#lose(new Error("the connection was given up"));
    this.#socket?.destroy();
  }

  /**
   * Lets the kernel put small frames together while many are under way: amqplib writes each alone. A few alone would wait
   * for a receipt then that the other side puts off (RFC 1122, section 4.2.3.4), for 40 ms on Linux.
   */
  async together<T>(many: Promise<T>): Promise<T> {
    this.#together++;
    this.#socket?.setNoDelay(false);
    try {
      return await many;
    } finally {
      this.#together--;
      if (this.#together === 0) this.#socket?.setNoDelay(true);
    }
  }

  #lose(error: Error): void {
    this.#isLost = true;
    this.#lost.reject(error);
  }
}

function heartbeatOf(leaseMs = Number.POSITIVE_INFINITY): string {
  return String(Math.max(1, Math.min(longestHeartbeat, Math.floor(leaseMs / 2_000))));
}
