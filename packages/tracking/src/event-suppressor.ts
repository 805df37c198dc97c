import type { MailEvent, SuppressionEntry } from "@mail/core";
import type { EventSuppressor } from "./event-intake.ts";
import type { NewSuppression, SuppressionList } from "./suppression-list.ts";
import { checkSuppressionPolicy, liftedBy, type SuppressionPolicy, suppressionFor } from "./suppression-policy.ts";

/**
 * Keeps a suppression list by what providers report. The same events may be applied again.
 * @throws MailError `configuration` for a wrong policy
 */
export function createEventSuppressor(list: SuppressionList, policy: SuppressionPolicy = {}): EventSuppressor {
  checkSuppressionPolicy(policy);
  return {
    concerns: (event) => (suppressionFor(event, policy) ?? liftedBy(event, policy)) !== undefined,
    async apply(events) {
      const waiting: NewSuppression[] = [];
      for (const event of events.toSorted((one, other) => one.at.getTime() - other.at.getTime())) {
        const entry = suppressionFor(event, policy);
        if (entry !== undefined) waiting.push(toNewSuppression(entry));
        if (liftedBy(event, policy) === undefined) continue;
        await list.add(waiting.splice(0));
        await lift(list, event, policy);
      }
      await list.add(waiting);
    },
  };
}

function toNewSuppression({ at, expiresAt, ...entry }: SuppressionEntry): NewSuppression {
  return { ...entry, at: new Date(at), ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }) };
}

/** An unsubscribe that came after the event stays, whichever of them is reported first. */
async function lift(list: SuppressionList, event: MailEvent, policy: SuppressionPolicy): Promise<void> {
  const lifted = liftedBy(event, policy);
  if (lifted === undefined) return;
  const { address, reason, scope } = lifted;
  const entries = await list.get(address);
  const isOlder = entries.some(
    (entry) => entry.reason === reason && entry.scope === scope && entry.at <= event.at.getTime(),
  );
  if (isOlder) await list.remove(address, { reason, scope });
}
