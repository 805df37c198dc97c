import { checkOptions, type StoredEvent, type TrackingStore } from "@mail/core";
import { eventTypes } from "./event-types.ts";
import type { RecentOptions } from "./tracker.ts";

const rules = {
  type: { type: "string", oneOf: eventTypes },
  limit: { type: "integer", min: 1, max: 1_000 },
  before: { type: "string" },
} as const;

/** One page of the newest events. @throws MailError `configuration` */
export async function readRecent(
  tracking: TrackingStore,
  options: RecentOptions,
): Promise<{ readonly events: readonly StoredEvent[]; readonly next?: string }> {
  checkOptions("recent", options, rules);
  const { type, limit = 50, before } = options;
  return await tracking.recent({
    limit,
    ...(type !== undefined && { type }),
    ...(before !== undefined && { before }),
  });
}
