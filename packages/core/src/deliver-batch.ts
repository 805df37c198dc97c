import { abortError, settleAfterAbort, transportError, untilAborted } from "./abort.ts";
import type { BatchMail, BatchOutcome, BatchRecipient } from "./batch.ts";
import { completeError, completeReceipt } from "./deliver.ts";
import { MailError, unsentError } from "./mail-error.ts";
import type { Pipeline } from "./pipeline.ts";
import type { BulkEntry } from "./recipient-group.ts";
import type { SendOutcome } from "./send-run.ts";
import { suppressionErrors } from "./suppressions.ts";
import type { ChosenTransport } from "./transport-registry.ts";
import { withoutFields } from "./unsupported.ts";

/** Sends one mail to a group of recipients through a transport's `sendBatch`. Each has an outcome; nothing is thrown. */
export async function deliverBatch(
  pipeline: Pipeline,
  { transport, label }: ChosenTransport,
  template: BatchMail,
  entries: readonly BulkEntry[],
  signal: AbortSignal,
): Promise<readonly SendOutcome[]> {
  const at = new Date();
  const start = performance.now();
  const dropped = entries[0]?.dropped ?? [];
  const mail = withoutFields(template, dropped);
  const results = new Map<string, BatchOutcome>();
  const failAll = (list: readonly BulkEntry[], error: MailError): void => {
    for (const { recipient } of list) results.set(recipient.id, { id: recipient.id, ok: false, error });
  };
  const wanted = await withoutSuppressed(pipeline, mail, entries, results, signal).catch((thrown: unknown) => {
    failAll(entries, unsentError(thrown));
    return [];
  });
  if (wanted.length > 0) {
    for (const { recipient } of wanted) pipeline.events.emit("sending", { id: recipient.id, transport: label });
    const recipients = wanted.map(({ recipient }) => withoutMetadata(recipient, dropped));
    try {
      if (signal.aborted) throw abortError(signal);
      const sending = transport.sendBatch?.({ mail, recipients }, pipeline.context(signal));
      const outcomes = (sending === undefined ? [] : await settleAfterAbort(sending, signal)) ?? [];
      for (const outcome of outcomes) results.set(outcome.id, outcome);
    } catch (thrown) {
      failAll(wanted, transportError(thrown, signal));
    }
  }
  return entries.map(({ index, recipient }): SendOutcome => {
    const durationMs = performance.now() - start;
    const attempt = { transport: label, at, durationMs };
    const result = results.get(recipient.id) ?? { ok: false as const, error: unanswered(recipient) };
    if (result.ok) {
      const receipt = completeReceipt(result.receipt, recipient, label, dropped, attempt);
      pipeline.reportSent(receipt, label, durationMs);
      return { index, ok: true, receipt };
    }
    const { error } = result;
    const completed = error.code === "suppressed" ? error : completeError(error, mail, label, attempt);
    return { index, ok: false, error: pipeline.reportFailed(completed, recipient.id, durationMs) };
  });
}

/** Those who may be mailed; the others get their outcome here. */
async function withoutSuppressed(
  { options }: Pipeline,
  { tags }: BatchMail,
  entries: readonly BulkEntry[],
  results: Map<string, BatchOutcome>,
  signal: AbortSignal,
): Promise<readonly BulkEntry[]> {
  const addresses = entries.map(({ recipient }) => recipient.to.address);
  const errors = await untilAborted(suppressionErrors(options.suppressions, addresses, tags), signal);
  return entries.filter(({ recipient: { id, to } }) => {
    const error = errors.get(to.address.toLowerCase());
    if (error !== undefined) results.set(id, { id, ok: false, error });
    return error === undefined;
  });
}

function withoutMetadata(recipient: BatchRecipient, dropped: readonly string[]): BatchRecipient {
  return dropped.includes("metadata") ? Object.freeze({ ...recipient, metadata: {} }) : recipient;
}

function unanswered({ to }: BatchRecipient): MailError {
  return new MailError(`The transport said nothing about ${to.address}`, {
    code: "unknown",
    delivery: "unknown",
    hint: "The transport left this recipient out: look the mail up at the provider, and tell the transport's author.",
  });
}
