import type { MailEvent, SuppressionEntry } from "@mail/core";
import type { EventSuppressor } from "./event-intake.ts";
import type { NewSuppression, SuppressionList } from "./suppression-list.ts";
import { checkSuppressionPolicy, liftedBy, type SuppressionPolicy, suppressionFor } from "./suppression-policy.ts";

/** What has ended is never added, however often it is tried. */
const maxRounds = 10;

/**
 * Keeps a suppression list by what providers report. The same events may be applied again.
 * @throws MailError `configuration` for a wrong policy
 */
export function createEventSuppressor(list: SuppressionList, policy: SuppressionPolicy = {}): EventSuppressor {
  checkSuppressionPolicy(policy);
  const unsubscribing = (event: MailEvent): boolean =>
    suppressionFor(event, policy)?.reason === "unsubscribed" || liftedBy(event, policy) !== undefined;
  let before: Promise<unknown> = Promise.resolve();
  return {
    concerns: (event) => (suppressionFor(event, policy) ?? liftedBy(event, policy)) !== undefined,
    async apply(events) {
      // Who unsubscribes and who subscribes again look at the list before they change it: one after the other.
      if (!events.some(unsubscribing)) return await applyAll(list, events, policy);
      const work = before.then(() => applyAll(list, events, policy));
      before = work.catch(() => undefined);
      await work;
    },
  };
}

async function applyAll(list: SuppressionList, events: readonly MailEvent[], policy: SuppressionPolicy): Promise<void> {
  const waiting: SuppressionEntry[] = [];
  for (const event of events.toSorted((one, other) => one.at.getTime() - other.at.getTime())) {
    const entry = suppressionFor(event, policy);
    if (entry !== undefined) waiting.push(entry);
    if (liftedBy(event, policy) === undefined) continue;
    await put(list, waiting.splice(0));
    await lift(list, event, policy);
  }
  await put(list, waiting);
}

async function put(list: SuppressionList, entries: readonly SuppressionEntry[]): Promise<void> {
  const added = await list.add(entries.map(toNewSuppression));
  for (const [index, entry] of entries.entries())
    if (added[index] === false && entry.reason === "unsubscribed") await renew(list, entry);
}

/** An entry keeps its first time. Of unsubscribes the last counts, against whoever subscribed in between. */
async function renew(list: SuppressionList, entry: SuppressionEntry): Promise<void> {
  const { address, reason, scope, at } = entry;
  // Another process may change the entry between the steps.
  for (let round = 0; round < maxRounds; round++) {
    const known = (await list.get(address)).find((one) => one.reason === reason && one.scope === scope);
    if (known !== undefined && known.at >= at) return;
    if (known !== undefined) await list.remove(address, { reason, scope, until: new Date(known.at) });
    const [added] = await list.add([toNewSuppression({ ...(known ?? entry), at })]);
    if (added === true) return;
  }
}

function toNewSuppression({ at, expiresAt, ...entry }: SuppressionEntry): NewSuppression {
  return { ...entry, at: new Date(at), ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }) };
}

/** An unsubscribe that came after the event stays, whichever of them is reported first. */
async function lift(list: SuppressionList, event: MailEvent, policy: SuppressionPolicy): Promise<void> {
  const lifted = liftedBy(event, policy);
  if (lifted === undefined) return;
  const { address, reason, scope } = lifted;
  await list.remove(address, { reason, scope, until: event.at });
}
