import { eventRecord } from "@mail/core";

/** An object of JSON whose members may be missing or of another type than documented. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A member, or an empty object where it is none. */
export function objectAt(parent: JsonObject, name: string): JsonObject {
  return eventRecord(memberAt(parent, name));
}

export function listAt(parent: JsonObject, name: string): readonly unknown[] {
  const value = memberAt(parent, name);
  return Array.isArray(value) ? value : [];
}

/** A text that is not empty. */
export function textAt(parent: JsonObject, name: string): string | undefined {
  const value = memberAt(parent, name);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function textsAt(parent: JsonObject, name: string): readonly string[] {
  return listAt(parent, name).filter((value) => typeof value === "string");
}

/** A moment as SNS and SES write it, such as `2016-01-27T14:59:38.237Z`. */
export function dateAt(parent: JsonObject, name: string): Date | undefined {
  const text = textAt(parent, name);
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/.test(text)) return undefined;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** Own members only: a name may be that of a method, and `__proto__` may be a member. */
function memberAt(parent: JsonObject, name: string): unknown {
  return Object.hasOwn(parent, name) ? parent[name] : undefined;
}
