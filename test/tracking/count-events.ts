import { createTracker } from "@mail/tracking";
import { openStore, type StorePlace } from "./event-place.ts";
import type { ExpectedCounts } from "./make-events.ts";

export type FoundCounts = Omit<ExpectedCounts, "duplicates">;

const everything = { since: new Date(0), until: new Date("2100-01-01") };

/** What a store holds after a run, each number by the way by which an app would ask for it. */
export async function countEvents(place: StorePlace, types: readonly string[]): Promise<FoundCounts> {
  const store = openStore(place);
  const tracker = createTracker({ store });
  try {
    const { total, groups } = await tracker.stats({ ...everything, by: "domain" });
    const ids = new Set<string>();
    let [events, before] = [0, undefined as string | undefined];
    do {
      const page = await tracker.recent({ limit: 1_000, before });
      for (const { id } of page.events) ids.add(id);
      events += page.events.length;
      before = page.next;
    } while (before !== undefined);
    if (ids.size !== events) throw new Error(`${events - ids.size} of ${events} events are stored twice`);
    const suppressed = new Set<string>();
    for await (const { address } of tracker.suppressions.all()) suppressed.add(address);
    return {
      events,
      byType: Object.fromEntries(types.map((type) => [type, total[type as "sent"]])),
      hardBounced: total.hardBounced,
      deliveredByDomain: Object.fromEntries(groups.map(({ key, delivered }) => [key, delivered])),
      suppressed,
    };
  } finally {
    await tracker.close();
    await store.close();
  }
}
