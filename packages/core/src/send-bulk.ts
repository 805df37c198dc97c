import type { BatchOutcome, BatchRecipient } from "./batch.ts";
import {
  type BulkRecipient,
  type BulkTemplate,
  prepareBulkRecipient,
  prepareBulkTemplate,
  renderBatchRecipient,
} from "./bulk-recipient.ts";
import { carry, completeError, completeReceipt } from "./deliver.ts";
import type { BatchLimits } from "./features.ts";
import { MailError, toMailError } from "./mail-error.ts";
import type { Message } from "./message.ts";
import type { Pipeline } from "./pipeline.ts";
import { outcomeOf } from "./send-many.ts";
import type { SendOutcome, SendUnit } from "./send-run.ts";
import { suppressionErrors } from "./suppressions.ts";
import type { Transport } from "./transport.ts";
import type { ChosenTransport } from "./transport-registry.ts";

interface Entry {
  readonly index: number;
  readonly recipient: BatchRecipient;
}

/** What a bulk run works with. */
export interface BulkSource {
  readonly pipeline: Pipeline;
  readonly choose: () => ChosenTransport;
  /** Runs one unit of work under the caller's signal and time limit. */
  readonly within: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
}

interface BulkRun extends BulkSource {
  readonly chosen: ChosenTransport;
}

/**
 * Units of work of a mail merge: batches where the transport takes them, else one mail each. A recipient that is bad is
 * an outcome of its own. @throws MailError for the message itself
 */
export async function* bulkUnits(
  source: BulkSource,
  message: Message,
  recipients: Iterable<BulkRecipient> | AsyncIterable<BulkRecipient>,
): AsyncGenerator<SendUnit> {
  const { pipeline } = source;
  const chosen = source.choose();
  const run: BulkRun = { ...source, chosen };
  const template = prepareBulkTemplate(await source.within((signal) => pipeline.compose(message, signal, true)));
  const limits = batchLimits(pipeline, chosen.transport);
  const group = new Group(limits);
  let index = 0;
  for await (const input of recipients) {
    const own = index++;
    let entry: Entry;
    try {
      entry = { index: own, recipient: prepareBulkRecipient(template, input) };
    } catch (thrown) {
      yield async () => [failure(pipeline, own, thrown)];
      continue;
    }
    if (limits === undefined || !fitsBatch(run, template, entry)) {
      yield async () => [await sendAlone(run, template, entry)];
      continue;
    }
    if (!group.takes(entry)) yield batchUnit(run, template, group.empty());
    group.add(entry);
  }
  if (group.size > 0) yield batchUnit(run, template, group.empty());
}

/** A redirected mail goes to one address for everybody, which batches of recipients cannot hold. */
function batchLimits({ redirectTo }: Pipeline, { sendBatch, features }: Transport): BatchLimits | undefined {
  return sendBatch === undefined || redirectTo !== undefined ? undefined : features.batch;
}

function failure(pipeline: Pipeline, index: number, thrown: unknown): SendOutcome {
  return { index, ok: false, error: pipeline.reportFailed(thrown, undefined, 0) };
}

function sendAlone(
  { pipeline, chosen, within }: BulkRun,
  { mail }: BulkTemplate,
  { index, recipient }: Entry,
): Promise<SendOutcome> {
  const start = performance.now();
  return outcomeOf(index, async () => {
    try {
      return await within((signal) => pipeline.dispatch(renderBatchRecipient(mail, recipient), chosen, signal));
    } catch (thrown) {
      throw pipeline.reportFailed(thrown, recipient.id, performance.now() - start);
    }
  });
}

/** A recipient whose mail the transport cannot carry whole goes alone, where that is told. */
function fitsBatch({ pipeline, chosen }: BulkRun, { mail }: BulkTemplate, { recipient }: Entry): boolean {
  try {
    return (
      carry(renderBatchRecipient(mail, recipient), chosen.transport.features, pipeline.options.onUnsupported).dropped
        .length === 0
    );
  } catch {
    return false;
  }
}

function batchUnit(run: BulkRun, template: BulkTemplate, entries: readonly Entry[]): SendUnit {
  return async () => {
    try {
      return await run.within((signal) => sendBatch(run, template, entries, signal));
    } catch (thrown) {
      return entries.map(({ index }) => failure(run.pipeline, index, thrown));
    }
  };
}

async function sendBatch(
  { pipeline, chosen }: BulkRun,
  { mail }: BulkTemplate,
  entries: readonly Entry[],
  signal: AbortSignal,
): Promise<readonly SendOutcome[]> {
  const { transport, label } = chosen;
  const at = new Date();
  const start = performance.now();
  const errors = await suppressionErrors(
    pipeline.options.suppressions,
    entries.map(({ recipient }) => recipient.to.address),
    mail.tags,
  );
  const errorOf = ({ recipient }: Entry): MailError | undefined => errors.get(recipient.to.address.toLowerCase());
  const wanted = entries.filter((entry) => errorOf(entry) === undefined);
  for (const { recipient } of wanted) pipeline.events.emit("sending", { id: recipient.id, transport: label });
  const results = await resultsOf(
    wanted,
    async () =>
      (await transport.sendBatch?.(
        { mail, recipients: wanted.map(({ recipient }) => recipient) },
        pipeline.context(signal),
      )) ?? [],
  );
  return entries.map((entry): SendOutcome => {
    const { index, recipient } = entry;
    const durationMs = performance.now() - start;
    const attempt = { transport: label, at, durationMs };
    const suppressed = errorOf(entry);
    if (suppressed !== undefined)
      return { index, ok: false, error: pipeline.reportFailed(suppressed, recipient.id, durationMs) };
    const result = results.get(recipient.id);
    if (result?.ok) {
      const receipt = completeReceipt(result.receipt, recipient, label, [], attempt);
      pipeline.reportSent(receipt, label, durationMs);
      return { index, ok: true, receipt };
    }
    const error = completeError(result?.error ?? unanswered(recipient), mail, label, attempt);
    return { index, ok: false, error: pipeline.reportFailed(error, recipient.id, durationMs) };
  });
}

/** The outcome of each recipient; a batch that failed whole is the same error for all of them. */
async function resultsOf(
  entries: readonly Entry[],
  work: () => Promise<readonly BatchOutcome[]>,
): Promise<ReadonlyMap<string, BatchOutcome>> {
  if (entries.length === 0) return new Map();
  try {
    return new Map((await work()).map((outcome) => [outcome.id, outcome]));
  } catch (thrown) {
    const error = toMailError(thrown);
    return new Map(entries.map(({ recipient: { id } }) => [id, { id, ok: false, error }]));
  }
}

function unanswered({ to }: BatchRecipient): MailError {
  const hint =
    "The transport left this recipient out of its answer: look the mail up at the provider, and report a bug to the transport's author.";
  return new MailError(`The transport said nothing about ${to.address}`, {
    code: "unknown",
    delivery: "unknown",
    hint,
  });
}

/** Collects recipients until a limit is reached. No address stands twice in a group, since providers key by address. */
class Group {
  readonly #limits: BatchLimits;
  #entries: Entry[] = [];
  #addresses = new Set<string>();
  #bytes = 0;

  constructor(limits: BatchLimits = { recipients: 0, bytes: 0 }) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.length;
  }

  takes(entry: Entry): boolean {
    if (this.size === 0) return true;
    const { recipients, bytes } = this.#limits;
    return (
      this.size < recipients &&
      this.#bytes + sizeOf(entry) <= bytes &&
      !this.#addresses.has(entry.recipient.to.address.toLowerCase())
    );
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    this.#addresses.add(entry.recipient.to.address.toLowerCase());
    this.#bytes += sizeOf(entry);
  }

  empty(): readonly Entry[] {
    const entries = this.#entries;
    this.#entries = [];
    this.#addresses = new Set();
    this.#bytes = 0;
    return entries;
  }
}

/** Bytes that a recipient adds to a request, as JSON. */
function sizeOf({ recipient: { to, values, htmlValues, headers, metadata } }: Entry): number {
  return Buffer.byteLength(JSON.stringify([to, values, htmlValues, headers, metadata]));
}
