import { createHash } from "node:crypto";

/** An id for an event to which its provider gave none: the same for the same fields, in whatever order. */
export function derivedEventId(fields: Readonly<Record<string, unknown>>): string {
  const entries = Object.entries(fields).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(entries)).digest("base64url");
}
