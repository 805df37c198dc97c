import { deadline } from "./abort.ts";
import type { BatchOutcome, BatchRecipient, BatchRequest } from "./batch.ts";
import { labelOf } from "./deliver.ts";
import { type DeliveredOutcome, deliverBatch } from "./deliver-batch.ts";
import { amendError, type MailError } from "./mail-error.ts";
import type { Attempt } from "./receipt.ts";
import { RetrySchedule, type RetrySettings, waitOrStop } from "./retry-schedule.ts";
import { tell } from "./tell.ts";
import type { Transport, TransportContext } from "./transport.ts";

/** Sends a batch, and again those of its recipients whose mail failed for a passing reason. */
export async function retryBatch(
  transport: Transport,
  { mail, recipients }: BatchRequest,
  context: TransportContext,
  settings: RetrySettings,
): Promise<readonly BatchOutcome[]> {
  using limit = deadline(context.signal, settings.deadlineMs);
  const { signal } = limit;
  const schedule = new RetrySchedule(settings);
  const attempts = new Map<string, readonly Attempt[]>();
  const results = new Map<string, DeliveredOutcome>();
  let pending = recipients;
  while (true) {
    const start = performance.now();
    using tryLimit = deadline(signal, settings.attemptTimeoutMs);
    const tryContext = { ...context, signal: tryLimit.signal };
    const outcomes = await deliverBatch(transport, { mail, recipients: pending }, tryContext, { key: context.label });
    const durationMs = performance.now() - start;
    schedule.tries++;
    for (const outcome of outcomes) {
      const all = [...(attempts.get(outcome.id) ?? []), ...attemptsOf(outcome)];
      attempts.set(outcome.id, all);
      results.set(outcome.id, withAttempts(outcome, all));
    }

    const again = new Map<string, MailError>();
    let longestMs = 0;
    for (const outcome of outcomes) {
      if (outcome.ok || signal.aborted || !schedule.allows(outcome.error)) continue;
      const delayMs = schedule.delayAfter(outcome.error);
      if (delayMs === undefined) continue;
      again.set(outcome.id, outcome.error);
      longestMs = Math.max(longestMs, delayMs);
    }
    if (again.size === 0) break;
    for (const [id, error] of again) {
      const label = error.transport ?? labelOf(transport, context.label);
      tell(context, "retrying", {
        id,
        transport: label,
        attempt: schedule.tries,
        delayMs: longestMs,
        durationMs,
        error,
      });
    }
    const stopped = await waitOrStop(longestMs, signal);
    if (stopped === "timeout") break;
    if (stopped !== undefined) {
      for (const id of again.keys()) results.set(id, withAttempts({ id, ok: false, error: stopped }, attempts.get(id)));
      break;
    }
    pending = pending.filter(({ id }) => again.has(id));
  }
  return recipients.flatMap(({ id }: BatchRecipient) => results.get(id) ?? []);
}

function attemptsOf(outcome: DeliveredOutcome): readonly Attempt[] {
  return outcome.ok ? outcome.receipt.attempts : outcome.error.attempts;
}

/** The outcome with every try, and no surer of what became of the mail than the least sure of them. */
function withAttempts(outcome: DeliveredOutcome, attempts: readonly Attempt[] = []): DeliveredOutcome {
  if (outcome.ok) return { ...outcome, receipt: { ...outcome.receipt, attempts } };
  const unsure = attempts.some(({ error }) => error?.delivery === "unknown");
  return { ...outcome, error: amendError(outcome.error, { attempts, ...(unsure && { delivery: "unknown" }) }) };
}
