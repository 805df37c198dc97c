import type { StoredEvent, TrackingStore } from "@mail/core";
import { rankOf } from "./status-ranks.ts";
import { transportProvider } from "./tracking-transport-events.ts";

/** A newsletter's mail to one address may be opened often, but nobody reads on here. */
const earliest = 10_000;
const secondMs = 1_000;

/**
 * What happened to a mail in the order of time; within one second by how far the mail came, since some providers tell
 * time in whole seconds, so that what they report would stand before the send that it followed.
 */
export async function readTimeline(tracking: TrackingStore, mailId: string): Promise<readonly StoredEvent[]> {
  const events = await tracking.events(mailId, earliest);
  return events.toSorted(
    (a, b) => secondOf(a) - secondOf(b) || stageOf(a) - stageOf(b) || a.at.getTime() - b.at.getTime(),
  );
}

function secondOf({ at }: StoredEvent): number {
  return Math.floor(at.getTime() / secondMs);
}

function stageOf(event: StoredEvent): number {
  return rankOf(event, event.provider !== transportProvider);
}
