import type { Tracker } from "../tracker.ts";

/** What the pages are made of: a tracker, or a part of it. */
export type DashboardSource = Pick<Tracker, "stats" | "recent" | "status" | "timeline" | "suppressions">;
