import { setTimeout as delay } from "node:timers/promises";
import type { Via } from "../caught-mail.ts";
import { autoEvents } from "../faults/auto-events.ts";
import type { Hub } from "../hub.ts";
import type { Webhooks } from "../webhook.ts";

/** Time for the app to get the answer to its request, and with it the id that the events carry. */
const defaultDelayMs = 250;

/**
 * Reports what the addresses of caught mails stand for (`bounce@…`), where there is a target: one event after the
 * other, for each provider.
 * @returns a function that ends it
 */
export function reportByAddress(
  hub: Pick<Hub, "store" | "onChange">,
  webhooks: Webhooks,
  { delayMs = defaultDelayMs }: { readonly delayMs?: number } = {},
): () => void {
  const queues = new Map<Via, Promise<void>>();
  const ending = new AbortController();

  const stopListening = hub.onChange((change) => {
    if (change.type !== "caught") return;
    const { id, via } = change.mail;
    if (webhooks.targets()[via] === undefined || autoEvents(change.mail).length === 0) return;
    const due = performance.now() + delayMs;
    queues.set(
      via,
      (queues.get(via) ?? Promise.resolve()).then(() => report(id, due)),
    );
  });

  /** Reads the mail when its turn comes: in a long queue, mails are not kept beyond the store's limits. */
  async function report(id: string, due: number): Promise<void> {
    const { signal } = ending;
    await delay(Math.max(0, due - performance.now()), undefined, { ref: false, signal }).catch(() => undefined);
    const mail = signal.aborted ? undefined : hub.store.get(id);
    if (mail === undefined) return;
    for (const { action, ...how } of autoEvents(mail)) {
      if (signal.aborted) return;
      // What goes wrong at the target is in the log; without a target or after closing there is nothing to report to.
      await webhooks.fire(mail, action, how).catch(() => undefined);
    }
  }

  return () => {
    ending.abort();
    stopListening();
  };
}
