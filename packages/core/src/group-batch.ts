import type { BatchOutcome, BatchRequest } from "./batch.ts";
import { type DeliveredOutcome, deliverAnyBatch } from "./deliver-batch.ts";
import { attemptsOf, joinErrors, mayAskNext } from "./group-error.ts";
import type { Member } from "./group-member.ts";
import type { GroupOptions } from "./group-options.ts";
import { amendError, type MailError } from "./mail-error.ts";
import { notAsked, wasNotAsked } from "./not-asked.ts";
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
    const hasNext = index + 1 < members.length;
    const outcomes = await tryMember(member, { mail, recipients: pending }, context, options, hasNext);
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
  { attemptTimeoutMs: timeoutMs }: GroupOptions,
  hasNext: boolean,
): Promise<ReadonlyMap<string, DeliveredOutcome>> {
  const begun = member.beginTry();
  let outage: MailError | undefined;
  const onAnswer = (outcomes: readonly DeliveredOutcome[]): boolean => {
    const errors = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error]));
    if (errors.length < outcomes.length) member.answered();
    else for (const error of errors) member.learnFrom(error, begun, context.signal);
    if (errors.length === outcomes.length) outage ??= errors.find(isOutage);
    return outage === undefined || !hasNext;
  };
  const outcomes = await deliverAnyBatch(member.transport, batch, context, { timeoutMs, onAnswer });
  return outage === undefined ? outcomes : withPassedOver(outcomes, batch, member, outage);
}

function isOutage(error: MailError): boolean {
  return error.scope === "transport" && !wasNotAsked(error);
}

/** With an outcome for those whose mail was not tried any more, since the member was out of order by then. */
function withPassedOver(
  outcomes: ReadonlyMap<string, DeliveredOutcome>,
  { recipients }: BatchRequest,
  { label }: Member,
  outage: MailError,
): ReadonlyMap<string, DeliveredOutcome> {
  const unsent = amendError(outage, { delivery: "not_sent" });
  const error = notAsked(unsent, label, { at: new Date(), durationMs: 0 });
  return new Map(recipients.map(({ id }) => [id, outcomes.get(id) ?? { id, ok: false, error }]));
}
