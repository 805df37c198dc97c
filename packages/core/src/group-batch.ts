import { deadline } from "./abort.ts";
import type { BatchOutcome, BatchRequest } from "./batch.ts";
import { type DeliveredOutcome, deliverAnyBatch } from "./deliver-batch.ts";
import { attemptsOf, joinErrors, mayAskNext } from "./group-error.ts";
import type { Member } from "./group-member.ts";
import type { GroupOptions } from "./group-options.ts";
import type { MailError } from "./mail-error.ts";
import type { Attempt } from "./receipt.ts";
import { tell } from "./tell.ts";
import type { TransportContext } from "./transport.ts";

/** What one recipient's mail has gone through. */
interface Journey {
  readonly attempts: Attempt[];
  readonly errors: MailError[];
}

/** Sends a batch through the first member, and those of its recipients for whom that failed through the next ones. */
export async function sendBatchThroughGroup(
  members: readonly Member[],
  { mail, recipients }: BatchRequest,
  context: TransportContext,
  options: GroupOptions,
): Promise<readonly BatchOutcome[]> {
  const journeys = new Map(recipients.map(({ id }): [string, Journey] => [id, { attempts: [], errors: [] }]));
  const results: BatchOutcome[] = [];
  let pending = recipients;
  for (const [index, member] of members.entries()) {
    const at = new Date();
    const start = performance.now();
    const outcomes = await tryMember(member, { mail, recipients: pending }, context, options);
    const durationMs = performance.now() - start;
    const next = context.signal.aborted ? undefined : members[index + 1];
    pending = pending.filter(({ id }) => {
      const outcome = outcomes.get(id);
      const { attempts, errors } = journeys.get(id) as Journey;
      if (outcome === undefined) return false;
      if (outcome.ok) {
        attempts.push(...outcome.receipt.attempts);
        results.push({ ...outcome, receipt: { ...outcome.receipt, attempts } });
        return false;
      }
      const { error } = outcome;
      errors.push(error);
      attempts.push(...attemptsOf(error, { transport: member.label, at, durationMs }));
      if (next !== undefined && mayAskNext(error, options.onUnknown)) {
        tell(context, "failedOver", { id, transport: member.label, next: next.label, durationMs, error });
        return true;
      }
      results.push({ id, ok: false, error: joinErrors(errors, members.length, attempts) });
      return false;
    });
    if (pending.length === 0) break;
  }
  return results;
}

async function tryMember(
  member: Member,
  batch: BatchRequest,
  context: TransportContext,
  { attemptTimeoutMs }: GroupOptions,
): Promise<ReadonlyMap<string, DeliveredOutcome>> {
  using limit = deadline(context.signal, attemptTimeoutMs);
  member.beginTry();
  const outcomes = await deliverAnyBatch(member.transport, batch, { ...context, signal: limit.signal });
  const all = [...outcomes.values()];
  if (all.some(({ ok }) => ok)) member.answered();
  else for (const outcome of all) if (!outcome.ok) member.learnFrom(outcome.error, context.signal);
  return outcomes;
}
