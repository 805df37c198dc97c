import { abortError, deadline, settleAfterAbort, transportError } from "./abort.ts";
import type { BatchMail, BatchOutcome, BatchRecipient, BatchRequest } from "./batch.ts";
import { type BatchPlan, BatchPlanner } from "./batch-planner.ts";
import { renderBatchRecipient } from "./bulk-recipient.ts";
import { completeError, completeReceipt, deliver, labelOf } from "./deliver.ts";
import { MailError, toMailError } from "./mail-error.ts";
import { notAsked } from "./not-asked.ts";
import type { Attempt, Receipt } from "./receipt.ts";
import type { Transport, TransportContext } from "./transport.ts";
import { withoutFields } from "./unsupported.ts";

/** What became of one recipient, its receipt or error complete. */
export type DeliveredOutcome =
  | { readonly id: string; readonly ok: true; readonly receipt: Receipt }
  | { readonly id: string; readonly ok: false; readonly error: MailError };

/**
 * Sends one batch through a transport's `sendBatch`, whose limits it must fit. Mailer and composites all deliver their
 * batches through here. Every recipient has an outcome, in their order; nothing is thrown.
 * @param dropped fields that the transport cannot carry
 */
export async function deliverBatch(
  transport: Transport,
  batch: BatchRequest,
  context: TransportContext,
  { key, dropped = [] }: { readonly key?: string | undefined; readonly dropped?: readonly string[] } = {},
): Promise<readonly DeliveredOutcome[]> {
  const label = labelOf(transport, key);
  const at = new Date();
  const start = performance.now();
  const due = batch.mail.sendAt !== undefined && batch.mail.sendAt.getTime() <= Date.now();
  const mail = withoutFields(batch.mail, due ? [...dropped, "sendAt"] : dropped);
  const recipients = batch.recipients.map((recipient) => withoutMetadata(recipient, dropped));
  const results = context.signal.aborted
    ? notAsked(abortError(context.signal), label, { at, durationMs: 0 })
    : await askTransport(transport, { mail, recipients }, { ...context, label });
  const attempt: Attempt = { transport: label, at, durationMs: performance.now() - start };
  return batch.recipients.map((recipient): DeliveredOutcome => {
    const { id } = recipient;
    try {
      if (MailError.is(results)) throw results;
      const result = results.get(id) ?? { ok: false, error: unanswered(recipient) };
      if (!result.ok) throw result.error;
      return { id, ok: true, receipt: completeReceipt(result.receipt, recipient, label, dropped, attempt) };
    } catch (thrown) {
      return { id, ok: false, error: completeError(toMailError(thrown), mail, label, attempt) };
    }
  });
}

async function askTransport(
  transport: Transport,
  batch: BatchRequest,
  context: TransportContext,
): Promise<ReadonlyMap<string, BatchOutcome> | MailError> {
  try {
    if (context.signal.aborted) throw abortError(context.signal);
    const sending = transport.sendBatch?.(batch, context);
    const outcomes = sending === undefined ? [] : await settleAfterAbort(sending, context.signal);
    return new Map((outcomes ?? []).map((outcome) => [outcome.id, outcome]));
  } catch (thrown) {
    const error = transportError(thrown, context.signal);
    const oneIsAtFault = error.scope === "recipient" && error.delivery === "not_sent" && batch.recipients.length > 1;
    return oneIsAtFault ? askForHalves(transport, batch, context) : error;
  }
}

/** One recipient must not sink the others, and the provider does not always say who was at fault. */
async function askForHalves(
  transport: Transport,
  { mail, recipients }: BatchRequest,
  context: TransportContext,
): Promise<ReadonlyMap<string, BatchOutcome>> {
  const middle = Math.ceil(recipients.length / 2);
  const outcomes = new Map<string, BatchOutcome>();
  for (const half of [recipients.slice(0, middle), recipients.slice(middle)]) {
    const results = await askTransport(transport, { mail, recipients: half }, context);
    for (const { id } of half) {
      const outcome = MailError.is(results) ? { id, ok: false as const, error: results } : results.get(id);
      if (outcome !== undefined) outcomes.set(id, outcome);
    }
  }
  return outcomes;
}

/** Mails sent one by one at the same time, for a transport that takes no batches. */
const aloneAtOnce = 10;

export interface AnyBatchOptions {
  /** Time for one request in milliseconds. Default: none but the send's own. */
  readonly timeoutMs?: number | undefined;
  /** Hears what came of each request; where it says `false`, no other one is begun. */
  readonly onAnswer: (outcomes: readonly DeliveredOutcome[]) => boolean;
}

/**
 * Sends a batch of any size through a transport that may not take all of it, or no batches at all: split at its limits,
 * or one mail each. What it cannot carry is that recipient's error.
 * @returns by the recipient's id; without those for whom no request was begun
 */
export async function deliverAnyBatch(
  transport: Transport,
  { mail, recipients }: BatchRequest,
  context: TransportContext,
  { timeoutMs, onAnswer }: AnyBatchOptions,
): Promise<ReadonlyMap<string, DeliveredOutcome>> {
  const planner = new BatchPlanner<{ readonly recipient: BatchRecipient }>(mail, transport, context.onUnsupported);
  const plans = recipients.flatMap((recipient) => planner.add({ recipient })).concat(planner.rest());
  const results = new Map<string, DeliveredOutcome>();
  const waiting = plans.values();
  let goesOn = true;
  const request = async ({ entries, dropped, alone }: BatchPlan<{ readonly recipient: BatchRecipient }>) => {
    using limit = deadline(context.signal, timeoutMs);
    const own = { ...context, signal: limit.signal };
    const members = entries.map(({ recipient }) => recipient);
    return alone
      ? await Promise.all(members.map((recipient) => deliverAlone(transport, mail, recipient, own)))
      : await deliverBatch(transport, { mail, recipients: members }, own, { dropped });
  };
  const work = async (): Promise<void> => {
    for (const plan of waiting) {
      if (!goesOn) return;
      const outcomes = await request(plan);
      for (const outcome of outcomes) results.set(outcome.id, outcome);
      if (!onAnswer(outcomes)) goesOn = false;
    }
  };
  await Promise.all(Array.from({ length: Math.min(aloneAtOnce, plans.length) }, work));
  return results;
}

async function deliverAlone(
  transport: Transport,
  mail: BatchMail,
  recipient: BatchRecipient,
  context: TransportContext,
): Promise<DeliveredOutcome> {
  try {
    const receipt = await deliver(transport, renderBatchRecipient(mail, recipient), context);
    return { id: recipient.id, ok: true, receipt };
  } catch (thrown) {
    return { id: recipient.id, ok: false, error: toMailError(thrown) };
  }
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
