import { createTracker } from "@mail/tracking";
import { openStore, type StorePlace } from "../../tracking/event-place.ts";
import type { Load, Post } from "./loads.ts";

export interface Target {
  take(post: Post): Promise<void>;
  close(): Promise<void>;
}

/** The whole way: signature, parsing, suppression, events, joins and outcomes. */
export async function throughTracker(place: StorePlace, { source }: Load): Promise<Target> {
  const store = openStore(place);
  const tracker = createTracker({ store, sources: { source } });
  // Tables are made at the first call.
  await tracker.recent();
  return {
    async take({ headers, body }) {
      const request = new Request("http://127.0.0.1/events", { method: "POST", headers, body });
      const { status } = await tracker.handle(request, "source");
      if (status !== 200) throw new Error(`answered ${status}`);
    },
    async close() {
      await tracker.close();
      await store.close();
    },
  };
}
