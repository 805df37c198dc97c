/** For how long after it is due a duplicate is known as one: its message may come when the key is long forgotten. */
export const aliasMs: number = 30 * 86_400_000;

/** What the last minute's numbers count, in milliseconds. */
export const minuteMs = 60_000;

/** A moment as the stores take it: whole milliseconds, never earlier than asked for. */
export function storedTime(at: number): number {
  return Math.min(Math.ceil(at), Number.MAX_SAFE_INTEGER);
}
