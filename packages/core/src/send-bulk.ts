import type { BatchRecipient } from "./batch.ts";
import {
  type BulkRecipient,
  type BulkTemplate,
  prepareBulkRecipient,
  prepareBulkTemplate,
  renderBatchRecipient,
} from "./bulk-recipient.ts";
import { carry } from "./carry.ts";
import { deliverBatch } from "./deliver-batch.ts";
import type { BatchLimits } from "./features.ts";
import type { Message } from "./message.ts";
import type { Pipeline } from "./pipeline.ts";
import { type BulkEntry, RecipientGroup } from "./recipient-group.ts";
import { outcomeOf } from "./send-many.ts";
import type { SendOutcome, SendUnit } from "./send-run.ts";
import { stoppableInput } from "./stoppable-input.ts";
import type { Transport } from "./transport.ts";
import type { ChosenTransport } from "./transport-registry.ts";

/** What a bulk run works with. */
export interface BulkSource {
  readonly pipeline: Pipeline;
  readonly choose: () => ChosenTransport;
  /** Runs one unit of work under the caller's signal and time limit. */
  readonly within: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
  readonly signal: AbortSignal | undefined;
}

interface BulkRun extends BulkSource {
  readonly chosen: ChosenTransport;
  readonly template: BulkTemplate;
}

/**
 * Units of work of a mail merge: batches where the transport takes them, else one mail each. A recipient that is bad is
 * an outcome of its own, and one that was pulled is never lost: where the input ends early, by an abort or an error, the
 * batch that was being filled is a unit all the same. @throws MailError for the message itself
 */
export async function* bulkUnits(
  source: BulkSource,
  message: Message,
  recipients: Iterable<BulkRecipient> | AsyncIterable<BulkRecipient>,
): AsyncGenerator<SendUnit> {
  const { pipeline } = source;
  const chosen = source.choose();
  const composed = await source.within((signal) => pipeline.compose(message, signal, true));
  const run: BulkRun = { ...source, chosen, template: prepareBulkTemplate(composed) };
  const limits = batchLimits(pipeline, chosen.transport);
  const group = new RecipientGroup(limits ?? { recipients: 0, bytes: 0 });
  let inputFailure: { readonly error: unknown } | undefined;
  let index = 0;
  try {
    for await (const input of stoppableInput(recipients, source.signal)) {
      const entry = prepareEntry(run, index++, input);
      if ("ok" in entry) yield async () => [entry];
      else if (
        limits === undefined ||
        entry.dropped === undefined ||
        group.exceeds({ ...entry, dropped: entry.dropped })
      )
        yield async () => [await sendAlone(run, entry)];
      else {
        const member = { ...entry, dropped: entry.dropped };
        if (!group.takes(member)) yield batchUnit(run, group.empty());
        group.add(member);
      }
    }
  } catch (error) {
    inputFailure = { error };
  }
  if (group.size > 0) yield batchUnit(run, group.empty());
  if (inputFailure !== undefined) throw inputFailure.error;
}

/** A redirected mail goes to one address for everybody, which batches of recipients cannot hold. */
function batchLimits({ redirectTo }: Pipeline, { sendBatch, features }: Transport): BatchLimits | undefined {
  return sendBatch === undefined || redirectTo !== undefined ? undefined : features.batch;
}

interface PreparedEntry {
  readonly index: number;
  readonly recipient: BatchRecipient;
  /** `undefined` where the transport refuses this recipient's mail, which is then told by sending it alone. */
  readonly dropped: readonly string[] | undefined;
}

function prepareEntry(run: BulkRun, index: number, input: BulkRecipient): PreparedEntry | SendOutcome {
  try {
    const recipient = prepareBulkRecipient(run.template, input);
    return { index, recipient, dropped: droppedFields(run, recipient) };
  } catch (thrown) {
    return { index, ok: false, error: run.pipeline.reportFailed(thrown, undefined, 0) };
  }
}

function droppedFields(
  { pipeline, chosen, template }: BulkRun,
  recipient: BatchRecipient,
): readonly string[] | undefined {
  try {
    const mail = renderBatchRecipient(template.mail, recipient);
    return carry(mail, chosen.transport.features, pipeline.options.onUnsupported).dropped;
  } catch {
    return undefined;
  }
}

function sendAlone(
  { pipeline, chosen, within, template }: BulkRun,
  { index, recipient }: PreparedEntry,
): Promise<SendOutcome> {
  const start = performance.now();
  return outcomeOf(index, async () => {
    try {
      const mail = renderBatchRecipient(template.mail, recipient);
      return await within((signal) => pipeline.dispatch(mail, chosen, signal));
    } catch (thrown) {
      throw pipeline.reportFailed(thrown, recipient.id, performance.now() - start);
    }
  });
}

function batchUnit(run: BulkRun, entries: readonly BulkEntry[]): SendUnit {
  const { pipeline, chosen, template } = run;
  return async () => {
    try {
      return await run.within((signal) => deliverBatch(pipeline, chosen, template.mail, entries, signal));
    } catch (thrown) {
      return entries.map(({ index, recipient }) => ({
        index,
        ok: false,
        error: pipeline.reportFailed(thrown, recipient.id, 0),
      }));
    }
  };
}
