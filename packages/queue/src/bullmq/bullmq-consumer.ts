import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Job, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { decodeMessage } from "../broker/message-frame.ts";
import { reasonOf } from "../broker/reason-of.ts";
import { ReportOnce } from "../broker/report-once.ts";
import { within } from "../broker/within.ts";
import type { BrokerConsumer, BrokerMessage, BrokerSubscription, Delivery } from "../broker.ts";
import { bullmqError, isNoLongerHeld } from "./bullmq-error.ts";
import { type BullmqServer, openRedis } from "./bullmq-server.ts";
import { defineRawWorker } from "./raw-worker.ts";

/** No mail is given up because workers died with it: that is for the queue to decide. */
const maxStalledCount = 2 ** 31 - 1;

const retryMs = 1_000;

/** How long Redis is asked to wait for the next job, in seconds; a worker that is paused meanwhile gives it back. */
const longestWaitSeconds = 1;

/**
 * Takes jobs from BullMQ by hand: its own loop would move a job whose settling failed to the `failed` set, and there it
 * would be lost. Commands wait while Redis is away.
 */
export class BullmqConsumer implements BrokerConsumer {
  readonly #server: BullmqServer;
  readonly #subscription: BrokerSubscription;
  readonly #held = new Set<Job>();
  readonly #toExtend = new Map<string, string>();
  #worker: Worker | undefined;
  #client: Redis | undefined;
  #paused = false;
  #stopping: Promise<void> | undefined;
  #running: Promise<void>;
  #wake = Promise.withResolvers<void>();
  /** How many jobs are asked for at once: more as long as they come. */
  #width = 1;
  readonly #reports: ReportOnce;

  constructor(server: BullmqServer, subscription: BrokerSubscription) {
    this.#server = server;
    this.#subscription = subscription;
    this.#reports = new ReportOnce(subscription.onError);
    this.#running = this.#run();
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#wake.resolve();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Lets go of the connection; what is still held goes back when its lock runs out. */
  async close(): Promise<void> {
    await this.stop();
    this.#client?.disconnect();
  }

  async #stop(): Promise<void> {
    this.#wake.resolve();
    // Ends what waits for a job. The other connection is ours, and stays for what is held.
    await this.#worker?.close(true);
    // While Redis is away the loop hangs in a command: what that may still bring is given back then.
    await within(this.#running, this.#server.timeoutMs, () => new Error("Redis is away.")).catch(() => undefined);
    this.#letGo();
  }

  #letGo(): void {
    if (this.#stopping !== undefined && this.#held.size === 0) this.#client?.disconnect();
  }

  async #run(): Promise<void> {
    while (this.#stopping === undefined) {
      try {
        this.#worker ??= await this.#open();
        await this.#take(this.#worker);
      } catch (thrown) {
        if (this.#stopping !== undefined) return;
        this.#report(thrown);
        await Promise.race([sleep(retryMs, undefined, { ref: false }), this.#woken()]);
      }
    }
  }

  async #open(): Promise<Worker> {
    const { leaseMs } = this.#subscription;
    const { bullmq, client } = await openRedis(this.#server, { maxRetriesPerRequest: null });
    client.on("error", (error) => this.#report(error));
    client.on("ready", () => this.#reports.reset());
    const worker = defineRawWorker(bullmq)(this.#server.name, {
      connection: client,
      skipVersionCheck: true,
      lockDuration: leaseMs,
      // A job of a dead worker is found by the first look after its lock has run out.
      stalledInterval: Math.ceil(leaseMs / 3),
      maxStalledCount,
      drainDelay: longestWaitSeconds,
    });
    worker.on("error", (error) => this.#report(error));
    this.#client = client;
    void worker.startStalledCheckTimer();
    return worker;
  }

  /** Takes as many as there is room for, one after all others have been taken that there are. */
  async #take(worker: Worker): Promise<void> {
    const room = this.#subscription.prefetch - this.#held.size;
    if (this.#paused || room <= 0) return await this.#woken();
    const width = Math.min(room, this.#width);
    const fetches = Array.from({ length: width }, (_, index) => this.#fetch(worker, index === 0));
    const found = await Promise.allSettled(fetches);
    const failed = found.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
    const all = found.every((result) => result.status === "fulfilled" && result.value);
    this.#width = all ? Math.min(this.#width * 2, this.#subscription.prefetch) : 1;
  }

  async #fetch(worker: Worker, block: boolean): Promise<boolean> {
    const token = randomUUID();
    const job = await worker.getNextJob(token, { block });
    if (job === undefined) return false;
    if (this.#paused || this.#stopping !== undefined) await job.moveToWait(token);
    else this.#pass(job, token);
    return true;
  }

  #pass(job: Job, token: string): void {
    this.#held.add(job);
    let message: BrokerMessage;
    try {
      message = decodeMessage(Buffer.from(String(job.data), "base64"));
    } catch (thrown) {
      return void this.#unreadable(job, token, reasonOf(thrown)).catch((error: unknown) => this.#report(error));
    }
    const delivery: Delivery = {
      message,
      ack: () => this.#settle(job, job.moveToCompleted(undefined, token, false)),
      later: (delayMs) => this.#settle(job, job.moveToDelayed(Date.now() + delayMs, token)),
      extend: () => this.#extend(job, token),
    };
    this.#subscription.onDelivery(delivery);
  }

  async #unreadable(job: Job, token: string, reason: string): Promise<void> {
    const body = typeof job.data === "string" ? job.data : JSON.stringify(job.data);
    try {
      await this.#subscription.onUnreadable(Buffer.from(body), reason);
    } catch (thrown) {
      this.#release(job);
      throw thrown;
    }
    await this.#settle(job, job.moveToCompleted(undefined, token, false));
  }

  async #settle(job: Job, settled: Promise<unknown>): Promise<void> {
    try {
      await settled;
    } catch (thrown) {
      if (!isNoLongerHeld(thrown)) throw bullmqError(thrown, "unknown", this.#server.secrets);
    } finally {
      this.#release(job);
    }
  }

  #release(job: Job): void {
    this.#held.delete(job);
    this.#toExtend.delete(job.id ?? "");
    this.#wake.resolve();
    this.#letGo();
  }

  /** All that are extended in one turn of the event loop are so in one command. */
  #extend(job: Job, token: string): void {
    if (job.id === undefined || !this.#held.has(job)) return;
    if (this.#toExtend.size === 0) setImmediate(() => this.#extendAll());
    this.#toExtend.set(job.id, token);
  }

  #extendAll(): void {
    const [ids, tokens] = [[...this.#toExtend.keys()], [...this.#toExtend.values()]];
    this.#toExtend.clear();
    if (ids.length === 0 || this.#worker === undefined) return;
    // One whose lock is lost already comes again; that is what leases are for.
    this.#worker
      .extendJobLocks(ids, tokens, this.#subscription.leaseMs)
      .catch((thrown: unknown) => this.#report(thrown));
  }

  async #woken(): Promise<void> {
    await this.#wake.promise;
    this.#wake = Promise.withResolvers();
  }

  #report(thrown: unknown): void {
    if (this.#stopping === undefined) this.#reports.report(bullmqError(thrown, "not_sent", this.#server.secrets));
  }
}
