import type { Format } from "../format.ts";

/** What the overview shows: whole days of UTC, or the hours up to now. */
export interface TimeRange {
  /** Of a preset, or `custom`. */
  readonly key: PresetKey | "custom";
  readonly since: Date;
  readonly until: Date;
  /** One after the other, from `since` to `until`. */
  readonly steps: readonly Step[];
  /** Whether the last step goes on. */
  readonly running: boolean;
}

export interface Step {
  readonly since: Date;
  readonly until: Date;
  /** That of `by: "day"`, where it is a day. */
  readonly day?: string;
}

export type PresetKey = "24h" | "7d" | "30d" | "90d";

export const presets: readonly { readonly key: PresetKey; readonly label: string; readonly days?: number }[] = [
  { key: "24h", label: "24 hours" },
  { key: "7d", label: "7 days", days: 7 },
  { key: "30d", label: "30 days", days: 30 },
  { key: "90d", label: "90 days", days: 90 },
];

const defaultDays = 30;
const maxDays = 366;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const hours = 24;

/** Reads `range`, or `from` and `to` (both inclusive). A problem comes with the default range. */
export function readTimeRange(
  query: URLSearchParams,
  now: Date,
): { readonly range: TimeRange; readonly problem?: string } {
  const [from, to] = [query.get("from") ?? "", query.get("to") ?? ""];
  const today = startOfDay(now);
  if (from === "" && to === "") {
    const preset = presets.find(({ key }) => key === query.get("range"));
    if (preset?.key === "24h") return { range: lastHours(now) };
    return { range: lastDays(preset?.key ?? "30d", preset?.days ?? defaultDays, now) };
  }
  const last = to === "" ? today : parseDay(to);
  const first = from === "" && last !== undefined ? last : parseDay(from);
  const problem = problemWith(first, last, today);
  if (first === undefined || last === undefined || problem !== undefined)
    return { range: lastDays("30d", defaultDays, now), problem: problem ?? notADay };
  return { range: days("custom", first, Math.min(last, today), now) };
}

const notADay = "Give both days as YYYY-MM-DD.";

function problemWith(first: number | undefined, last: number | undefined, today: number): string | undefined {
  if (first === undefined || last === undefined) return notADay;
  if (first > last) return "The first day is after the last.";
  if (first > today) return "The first day is in the future.";
  if (Math.min(last, today) - first >= maxDays * dayMs) return `Choose at most ${maxDays} days.`;
  return undefined;
}

/** In words, both days included. */
export function describeRange(range: TimeRange, format: Format): string {
  const [first, last] = [format.day(range.since), format.day(new Date(range.until.getTime() - 1))];
  if (range.key === "24h") return `${first}, ${format.hour(range.since)} to now, UTC`;
  const dates = first === last ? first : `${first} to ${last}`;
  return `${dates}${range.running ? " so far" : ""}, UTC`;
}

export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

export function lastDayOf({ until }: TimeRange): string {
  return dayOf(new Date(until.getTime() - 1));
}

function lastHours(now: Date): TimeRange {
  const end = Math.floor(now.getTime() / hourMs) * hourMs + hourMs;
  const steps = Array.from({ length: hours }, (_, index) => {
    const since = end - (hours - index) * hourMs;
    return { since: new Date(since), until: new Date(since + hourMs) };
  });
  return { key: "24h", since: new Date(end - hours * hourMs), until: new Date(end), steps, running: true };
}

function lastDays(key: PresetKey, count: number, now: Date): TimeRange {
  const today = startOfDay(now);
  return days(key, today - (count - 1) * dayMs, today, now);
}

function days(key: TimeRange["key"], first: number, last: number, now: Date): TimeRange {
  const steps = Array.from({ length: (last - first) / dayMs + 1 }, (_, index) => {
    const since = new Date(first + index * dayMs);
    return { since, until: new Date(since.getTime() + dayMs), day: dayOf(since) };
  });
  return {
    key,
    since: new Date(first),
    until: new Date(last + dayMs),
    steps,
    running: last === startOfDay(now),
  };
}

function startOfDay(at: Date): number {
  return Math.floor(at.getTime() / dayMs) * dayMs;
}

function parseDay(text: string): number | undefined {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isNaN(at) || dayOf(new Date(at)) !== text ? undefined : at;
}
