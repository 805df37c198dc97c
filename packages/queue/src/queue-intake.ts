import { type Emitter, type Message, type PreparedMessage, prepareMessage, toMailError } from "@mail/core";
import { addJobs, checkEnqueueOptions, toJob } from "./enqueue.ts";
import { createEnqueueRun, type EnqueueRun } from "./enqueue-run.ts";
import type { NewJob } from "./job.ts";
import type { PayloadCodec } from "./payload/payload-codec.ts";
import type { EnqueueOptions, EnqueueOutcome, EnqueueResult } from "./queue.ts";
import type { QueueEngine } from "./queue-engine.ts";
import type { QueueEvents } from "./queue-events.ts";

export interface IntakeOptions {
  readonly engine: QueueEngine;
  readonly codec: PayloadCodec;
  readonly events: Emitter<QueueEvents>;
  readonly keyMs: number;
  readonly waitMs: number;
}

/** Mails and bytes that go to the engine in one round trip. */
const chunkMails = 500;
const chunkBytes = 4 * 1024 * 1024;

interface Kept {
  readonly index: number;
  readonly job: NewJob;
  readonly blobs: readonly string[];
}

/** Takes mails in: checks them, turns them into jobs, and adds those to the engine. */
export class QueueIntake {
  readonly #options: IntakeOptions;

  constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** @throws MailError */
  async keep(mail: PreparedMessage, options: EnqueueOptions = {}): Promise<EnqueueResult> {
    checkEnqueueOptions(options);
    const [outcome] = await this.#add([await this.#job(0, mail, options)]);
    if (outcome?.ok) return { id: outcome.id, duplicate: outcome.duplicate };
    throw outcome?.error;
  }

  async keepMany(mails: readonly PreparedMessage[], options: EnqueueOptions = {}): Promise<readonly EnqueueOutcome[]> {
    checkEnqueueOptions(options);
    return await collect(this.#keepAll(mails, (mail) => mail, options));
  }

  enqueueMany(messages: readonly Message[], options: EnqueueOptions): Promise<readonly EnqueueOutcome[]>;
  enqueueMany(messages: Iterable<Message> | AsyncIterable<Message>, options: EnqueueOptions): EnqueueRun;
  enqueueMany(
    messages: Iterable<Message> | AsyncIterable<Message>,
    options: EnqueueOptions,
  ): Promise<readonly EnqueueOutcome[]> | EnqueueRun {
    checkEnqueueOptions(options);
    const run = createEnqueueRun(() => this.#keepAll(messages, prepareMessage, options));
    return Array.isArray(messages) ? collect(run) : run;
  }

  /** While one part is being added, the next one is read; no more than that is held. */
  async *#keepAll<Input>(
    inputs: Iterable<Input> | AsyncIterable<Input>,
    prepare: (input: Input) => PreparedMessage,
    options: EnqueueOptions,
  ): AsyncGenerator<EnqueueOutcome> {
    let adding: Promise<readonly EnqueueOutcome[]> | undefined;
    let part: (Kept | EnqueueOutcome)[] = [];
    let bytes = 0;
    let index = 0;
    try {
      for await (const input of inputs) {
        const kept = await this.#tryJob(index++, input, prepare, options);
        part.push(kept);
        if ("job" in kept) bytes += kept.job.payload.byteLength;
        if (part.length < chunkMails && bytes < chunkBytes) continue;
        const before = adding;
        adding = this.#addPart(part);
        part = [];
        bytes = 0;
        if (before !== undefined) yield* await before;
      }
    } finally {
      // What was read is kept, also where the input or the caller ends early.
      const last = this.#addPart(part);
      if (adding !== undefined) yield* await adding;
      yield* await last;
    }
  }

  async #tryJob<Input>(
    index: number,
    input: Input,
    prepare: (input: Input) => PreparedMessage,
    options: EnqueueOptions,
  ): Promise<Kept | EnqueueOutcome> {
    try {
      return await this.#job(index, prepare(input), options);
    } catch (thrown) {
      return { index, ok: false, error: toMailError(thrown) };
    }
  }

  async #job(index: number, mail: PreparedMessage, options: EnqueueOptions): Promise<Kept> {
    const { codec, engine, keyMs } = this.#options;
    return { index, ...(await toJob(mail, options, codec, engine, keyMs)) };
  }

  async #addPart(part: readonly (Kept | EnqueueOutcome)[]): Promise<readonly EnqueueOutcome[]> {
    const added = new Map<number, EnqueueOutcome>();
    for (const outcome of await this.#add(part.filter((item): item is Kept => "job" in item)))
      added.set(outcome.index, outcome);
    return part.map((item) => ("job" in item ? (added.get(item.index) as EnqueueOutcome) : item));
  }

  /** Never rejects: a failure is the outcome of each. */
  async #add(kept: readonly Kept[]): Promise<readonly EnqueueOutcome[]> {
    const { engine, waitMs, events, codec } = this.#options;
    if (kept.length === 0) return [];
    try {
      const added = await addJobs(
        engine,
        kept.map(({ job }) => job),
        waitMs,
      );
      return kept.map(({ index, blobs, job }, place): EnqueueOutcome => {
        const { id, duplicate } = added[place] ?? { id: job.id, duplicate: false };
        if (duplicate) void codec.forget(blobs).catch(() => undefined);
        events.emit("enqueued", { id, duplicate });
        return { index, ok: true, id, duplicate };
      });
    } catch (thrown) {
      const error = toMailError(thrown);
      if (error.delivery === "not_sent") await codec.forget(kept.flatMap(({ blobs }) => blobs)).catch(() => undefined);
      return kept.map(({ index }) => ({ index, ok: false, error }));
    }
  }
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}
