import { untilAborted } from "./abort.ts";
import type { BatchMail, BatchRecipient } from "./batch.ts";
import { type DeliveredOutcome, deliverBatch } from "./deliver-batch.ts";
import { type MailError, unsentError } from "./mail-error.ts";
import type { Pipeline } from "./pipeline.ts";
import type { SendOutcome } from "./send-run.ts";
import { suppressionErrors } from "./suppressions.ts";
import type { ChosenTransport } from "./transport-registry.ts";

/** A recipient of a mail merge with their place in the input. */
export interface BulkEntry {
  readonly index: number;
  readonly recipient: BatchRecipient;
}

/** Takes one batch through suppressions, transport, events and log. Each recipient has an outcome; nothing is thrown. */
export async function sendBatch(
  pipeline: Pipeline,
  { transport, key, label }: ChosenTransport,
  { mail, entries, dropped }: { mail: BatchMail; entries: readonly BulkEntry[]; dropped: readonly string[] },
  signal: AbortSignal,
): Promise<readonly SendOutcome[]> {
  const start = performance.now();
  const refused = await refusedRecipients(pipeline, mail, entries, signal);
  const recipients = entries.map(({ recipient }) => recipient).filter(({ id }) => !refused.has(id));
  for (const { id } of recipients) pipeline.events.emit("sending", { id, transport: label });
  const delivered: readonly DeliveredOutcome[] =
    recipients.length === 0
      ? []
      : await deliverBatch(transport, { mail, recipients }, pipeline.context(signal), { key, dropped });
  const outcomes = new Map(delivered.map((outcome) => [outcome.id, outcome]));
  return entries.map(({ index, recipient: { id } }): SendOutcome => {
    const durationMs = performance.now() - start;
    const outcome = outcomes.get(id);
    if (outcome?.ok) {
      pipeline.reportSent(outcome.receipt, { id, label }, durationMs);
      return { index, ok: true, receipt: outcome.receipt };
    }
    return { index, ok: false, error: pipeline.reportFailed(outcome?.error ?? refused.get(id), id, durationMs) };
  });
}

/** The error of each recipient who may not be mailed, by id; everybody's where the list cannot be asked. */
async function refusedRecipients(
  pipeline: Pipeline,
  mail: BatchMail,
  entries: readonly BulkEntry[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, MailError>> {
  const addresses = entries.map(({ recipient }) => recipient.to.address);
  for (const { recipient } of entries) pipeline.warnOfIgnored({ id: recipient.id, suppressions: mail.suppressions });
  try {
    const errors = await untilAborted(suppressionErrors(pipeline.options.suppressions, addresses, mail), signal);
    return new Map(
      entries.flatMap(({ recipient: { id, to } }) => {
        const error = errors.get(to.address);
        return error === undefined ? [] : [[id, error] as const];
      }),
    );
  } catch (thrown) {
    const error = unsentError(thrown);
    return new Map(entries.map(({ recipient }) => [recipient.id, error]));
  }
}
