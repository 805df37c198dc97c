import { type BatchPlan, BatchPlanner } from "./batch-planner.ts";
import {
  type BulkRecipient,
  type BulkTemplate,
  prepareBulkRecipient,
  prepareBulkTemplate,
  renderBatchRecipient,
} from "./bulk-recipient.ts";
import type { Message } from "./message.ts";
import type { Pipeline } from "./pipeline.ts";
import { type BulkEntry, sendBatch } from "./send-batch.ts";
import { outcomeOf } from "./send-many.ts";
import type { RunInput, SendOutcome, SendUnit } from "./send-run.ts";
import { stoppableInput } from "./stoppable-input.ts";
import { type SuppressionChoice, withChoice } from "./suppressions.ts";
import type { ChosenTransport } from "./transport-registry.ts";

/** What a bulk run works with. */
export interface BulkSource {
  readonly pipeline: Pipeline;
  readonly choose: () => ChosenTransport;
  /** Runs one unit of work under the caller's signal and time limit. */
  readonly within: <T>(work: (signal: AbortSignal) => Promise<T>) => Promise<T>;
  readonly suppressions: SuppressionChoice;
}

interface BulkRun extends BulkSource {
  readonly chosen: ChosenTransport;
  readonly template: BulkTemplate;
}

/**
 * Units of work of a mail merge: batches where the transport takes them, else one mail each. A recipient that is bad is
 * an outcome of its own, and one that was pulled is never lost: where the input ends early, by a stop, an abort or an
 * error, the batch that was being filled is a unit all the same. @throws MailError for the message itself
 */
export async function* bulkUnits(
  source: BulkSource,
  message: Message,
  recipients: Iterable<BulkRecipient> | AsyncIterable<BulkRecipient>,
  { gate, position, startAt }: RunInput,
): AsyncGenerator<SendUnit> {
  const { pipeline } = source;
  const chosen = source.choose();
  const composed = await source.within((signal) => pipeline.compose(message, signal, true));
  const { mail, names } = prepareBulkTemplate(composed);
  const template = { mail: withChoice(mail, source.suppressions), names };
  const run: BulkRun = { ...source, chosen, template };
  // A redirected mail goes to one address for everybody, which batches of recipients cannot hold.
  const inBatches = pipeline.redirectTo === undefined;
  const { onUnsupported } = pipeline.options;
  const planner = new BatchPlanner<BulkEntry>(run.template.mail, chosen.transport, onUnsupported, inBatches);
  let inputFailure: { readonly error: unknown } | undefined;
  try {
    for await (const input of stoppableInput(recipients, gate, startAt)) {
      const entry = prepareEntry(run, position.pull(), input);
      if ("ok" in entry) yield async () => [entry];
      else for (const plan of planner.add(entry)) yield unitOf(run, plan);
    }
  } catch (error) {
    inputFailure = { error };
  }
  for (const plan of planner.rest()) yield unitOf(run, plan);
  if (inputFailure !== undefined) throw inputFailure.error;
}

function prepareEntry(run: BulkRun, index: number, input: BulkRecipient): BulkEntry | SendOutcome {
  try {
    return { index, recipient: prepareBulkRecipient(run.template, input) };
  } catch (thrown) {
    return { index, ok: false, error: run.pipeline.reportFailed(thrown, undefined, 0) };
  }
}

function unitOf(run: BulkRun, plan: BatchPlan<BulkEntry>): SendUnit {
  if (!plan.alone) return batchUnit(run, plan);
  return () => Promise.all(plan.entries.map((entry) => sendAlone(run, entry)));
}

function sendAlone(
  { pipeline, chosen, within, template }: BulkRun,
  { index, recipient }: BulkEntry,
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

function batchUnit(run: BulkRun, { entries, dropped }: BatchPlan<BulkEntry>): SendUnit {
  const { pipeline, chosen, template } = run;
  return async () => {
    try {
      const batch = { mail: template.mail, entries, dropped };
      return await run.within((signal) => sendBatch(pipeline, chosen, batch, signal));
    } catch (thrown) {
      return entries.map(({ index, recipient }) => ({
        index,
        ok: false,
        error: pipeline.reportFailed(thrown, recipient.id, 0),
      }));
    }
  };
}
