import { mailIdKey } from "./prepare-labels.ts";

type JsonRecord = Readonly<Record<string, unknown>>;

/** A JSON object, and an empty one for anything else. */
export function eventRecord(value: unknown): JsonRecord {
  return isEventRecord(value) ? value : {};
}

export function isEventRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text with something in it, or a number as text. */
export function eventText(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** Tags, be it one or a list of them. */
export function eventTags(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.filter((tag): tag is string => typeof tag === "string" && tag !== "");
}

/** What an app gave its mail along, save the mail's own id. Values that are no text become JSON; null is none. */
export function eventMetadata(entries: readonly (readonly [string, unknown])[]): Readonly<Record<string, string>> {
  const own = entries.filter(([key, value]) => key !== mailIdKey && value !== null && value !== undefined);
  return Object.fromEntries(
    own.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/** A Message-ID without `<>`. */
export function bareMessageId(value: unknown): string | undefined {
  return eventText(eventText(value)?.trim().replace(/^<|>$/g, ""));
}
