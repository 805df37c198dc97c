import {
  type Emitter,
  type Message,
  type PreparedMessage,
  prepareMessage,
  toMailError,
  untilAborted,
} from "@mail/core";
import { addJobs, checkEnqueueOptions, checkManyOptions, toJob } from "./enqueue.ts";
import { createEnqueueRun, type EnqueueRun } from "./enqueue-run.ts";
import { inParts } from "./in-parts.ts";
import type { NewJob } from "./job.ts";
import type { PayloadCodec } from "./payload/payload-codec.ts";
import type { EnqueueManyOptions, EnqueueOptions, EnqueueOutcome, EnqueueResult } from "./queue.ts";
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
const chunk = {
  maxItems: 500,
  maxBytes: 4 * 1024 * 1024,
  bytesOf: (item: Kept | EnqueueOutcome): number => ("job" in item ? item.job.payload.byteLength : 0),
  /** How long mails of a slow input wait for others. */
  lingerMs: 250,
};

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

  /** @throws MailError; `aborted` once the signal is, where nothing was kept */
  async keep(mail: PreparedMessage, options: EnqueueOptions = {}, signal?: AbortSignal): Promise<EnqueueResult> {
    checkEnqueueOptions(options);
    const [outcome] = await this.#add([await this.#jobUntil(signal, mail, options)], signal);
    if (outcome?.ok) return { id: outcome.id, duplicate: outcome.duplicate };
    throw outcome?.error;
  }

  async keepMany(mails: readonly PreparedMessage[], signal: AbortSignal): Promise<readonly EnqueueOutcome[]> {
    return await collect(this.#keepAll(mails, (mail) => mail, {}, signal));
  }

  enqueueMany(messages: readonly Message[], options: EnqueueManyOptions): Promise<readonly EnqueueOutcome[]>;
  enqueueMany(messages: Iterable<Message> | AsyncIterable<Message>, options: EnqueueManyOptions): EnqueueRun;
  enqueueMany(
    messages: Iterable<Message> | AsyncIterable<Message>,
    options: EnqueueManyOptions,
  ): Promise<readonly EnqueueOutcome[]> | EnqueueRun {
    checkManyOptions(messages, options);
    const run = createEnqueueRun(() => this.#keepAll(messages, prepareMessage, options));
    return Array.isArray(messages) ? collect(run) : run;
  }

  /** While one part is being added, the next one is read; no more than that is held. */
  async *#keepAll<Input>(
    inputs: Iterable<Input> | AsyncIterable<Input>,
    prepare: (input: Input) => PreparedMessage,
    options: EnqueueOptions,
    signal?: AbortSignal,
  ): AsyncGenerator<EnqueueOutcome> {
    const jobs = this.#jobs(inputs, prepare, options);
    let adding: Promise<readonly EnqueueOutcome[]> | undefined;
    let failure: { readonly thrown: unknown } | undefined;
    try {
      for await (const part of inParts(jobs, chunk)) {
        const before = adding;
        adding = part.length === 0 ? undefined : this.#addPart(part, signal);
        if (before !== undefined) yield* await before;
      }
    } catch (thrown) {
      failure = { thrown };
    } finally {
      // Also where the caller leaves early.
      await adding;
    }
    if (adding !== undefined) yield* await adding;
    if (failure !== undefined) throw failure.thrown;
  }

  async *#jobs<Input>(
    inputs: Iterable<Input> | AsyncIterable<Input>,
    prepare: (input: Input) => PreparedMessage,
    options: EnqueueOptions,
  ): AsyncGenerator<Kept | EnqueueOutcome> {
    let index = 0;
    for await (const input of inputs) yield await this.#tryJob(index++, input, prepare, options);
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

  /** Streams are read here, so it may take long. */
  async #jobUntil(signal: AbortSignal | undefined, mail: PreparedMessage, options: EnqueueOptions): Promise<Kept> {
    const making = this.#job(0, mail, options);
    if (signal === undefined) return await making;
    try {
      return await untilAborted(making, signal);
    } catch (thrown) {
      making.then(({ blobs }) => this.#options.codec.forget(blobs)).catch(() => undefined);
      throw thrown;
    }
  }

  async #addPart(
    part: readonly (Kept | EnqueueOutcome)[],
    signal: AbortSignal | undefined,
  ): Promise<readonly EnqueueOutcome[]> {
    const added = new Map<number, EnqueueOutcome>();
    for (const outcome of await this.#add(
      part.filter((item): item is Kept => "job" in item),
      signal,
    ))
      added.set(outcome.index, outcome);
    return part.map((item) => ("job" in item ? (added.get(item.index) as EnqueueOutcome) : item));
  }

  /** Never rejects: a failure is the outcome of each. */
  async #add(kept: readonly Kept[], signal: AbortSignal | undefined): Promise<readonly EnqueueOutcome[]> {
    const { engine, waitMs, events, codec } = this.#options;
    if (kept.length === 0) return [];
    try {
      const added = await addJobs(
        engine,
        kept.map(({ job }) => job),
        waitMs,
        signal,
      );
      return kept.map(({ index, blobs, job }, place): EnqueueOutcome => {
        const id = added[place]?.id ?? job.id;
        // Its own id where it was added before and the answer lost: that is this very mail, with these attachments.
        const duplicate = id !== job.id;
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
