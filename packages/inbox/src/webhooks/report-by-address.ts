import type { Via } from "../caught-mail.ts";
import { autoEvents } from "../faults/auto-events.ts";
import type { Hub } from "../hub.ts";
import type { Webhooks } from "../webhook.ts";

/**
 * Reports what the addresses of caught mails stand for (`bounce@…`), where there is a target: one event after the
 * other, for each provider.
 * @returns a function that ends it
 */
export function reportByAddress(hub: Pick<Hub, "store" | "onChange">, webhooks: Webhooks): () => void {
  const queues = new Map<Via, Promise<void>>();
  let ended = false;

  const stopListening = hub.onChange((change) => {
    if (change.type !== "caught") return;
    const { id, via } = change.mail;
    if (webhooks.targets()[via] === undefined || autoEvents(change.mail).length === 0) return;
    queues.set(
      via,
      (queues.get(via) ?? Promise.resolve()).then(() => report(id)),
    );
  });

  /** Reads the mail when its turn comes: in a long queue, mails are not kept beyond the store's limits. */
  async function report(id: string): Promise<void> {
    const mail = hub.store.get(id);
    for (const { action, ...how } of mail === undefined ? [] : autoEvents(mail)) {
      if (ended || mail === undefined) return;
      // What goes wrong at the target is in the log; without a target or after closing there is nothing to report to.
      await webhooks.fire(mail, action, how).catch(() => undefined);
    }
  }

  return () => {
    ended = true;
    stopListening();
  };
}
