import { type MailEvent, misconfigured } from "@mail/core";
import { eventTypes } from "./event-types.ts";

/** @throws MailError `configuration` for what a source of one's own got wrong */
export function checkEvents(events: readonly MailEvent[]): void {
  if (!Array.isArray(events)) throw misconfigured("events", "is no array", "Give the events in an array.");
  for (const [index, event] of events.entries()) {
    const problem = problemWith(event);
    if (problem !== undefined)
      throw misconfigured(`events[${index}].${problem}`, "is missing or wrong", "See MailEvent in @mail/core.");
  }
}

function problemWith({ id, type, at, provider, tags, metadata }: MailEvent): string | undefined {
  if (typeof id !== "string" || id === "") return "id";
  if (typeof provider !== "string" || provider === "") return "provider";
  if (!eventTypes.includes(type)) return "type";
  if (!(at instanceof Date) || Number.isNaN(at.getTime())) return "at";
  if (!Array.isArray(tags)) return "tags";
  if (typeof metadata !== "object" || metadata === null) return "metadata";
  return undefined;
}
