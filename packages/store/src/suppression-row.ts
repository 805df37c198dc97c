import type { SuppressionEntry, SuppressionReason } from "@mail/core";
import { addressKey, storedKey } from "./stored-key.ts";

type Row = Readonly<Record<string, unknown>>;

export interface SuppressionPage {
  readonly entries: readonly SuppressionEntry[];
  readonly next?: string;
}

/** What stands for an entry in the order of lists. */
export type SuppressionKey = readonly [addressKey: string, reason: string, scopeKey: string];

export function suppressionKey({ address, reason, scope }: SuppressionEntry): SuppressionKey {
  return [addressKey(address), reason, storedKey(scope)];
}

/** An entry as SQLite and PostgreSQL give it; numbers may come as text. */
export function suppressionOf(row: Row): SuppressionEntry {
  const { expires_at: expiresAt, note, mail_id: mailId } = row;
  return {
    address: String(row["address"]),
    reason: String(row["reason"]) as SuppressionReason,
    scope: String(row["scope"]),
    at: Number(row["at"]),
    ...(expiresAt !== null && { expiresAt: Number(expiresAt) }),
    ...(typeof note === "string" && { note }),
    ...(typeof mailId === "string" && { mailId }),
  };
}

/** @param rows one more than the page holds, where there is one */
export function pageOf(rows: readonly Row[], limit: number): SuppressionPage {
  const entries = rows.slice(0, limit).map(suppressionOf);
  const last = rows[limit - 1];
  if (rows.length <= limit || last === undefined) return { entries };
  return { entries, next: cursorOf([String(last["address_key"]), String(last["reason"]), String(last["scope_key"])]) };
}

export function cursorOf(key: SuppressionKey): string {
  return key.map((part) => Buffer.from(part).toString("base64url")).join(".");
}

/** @param cursor one that `cursorOf` gave; without it the first page begins */
export function cursorKey(cursor = ""): SuppressionKey {
  const [address = "", reason = "", scope = ""] = cursor
    .split(".")
    .map((part) => Buffer.from(part, "base64url").toString().replaceAll("\0", ""));
  return [address, reason, scope];
}

/** The first text after those that begin with this one, in the order of their bytes. */
export const endOfPrefix = (prefix: string): string => `${prefix}\u{10ffff}`;

export function suppressionCounts(rows: readonly Row[]): Readonly<Record<SuppressionReason, number>> {
  const counts = { bounced: 0, complained: 0, unsubscribed: 0, manual: 0 };
  for (const { reason, entries } of rows) counts[reason as SuppressionReason] = Number(entries);
  return counts;
}

interface Latest {
  /** Its place in the list. */
  readonly first: number;
  readonly entry: SuppressionEntry;
}

/** Of those in a list with one key the first, or a later one that ends later; in the order of the keys. */
export function latestOfEach(entries: readonly SuppressionEntry[]): readonly Latest[] {
  const latest = new Map<string, Latest>();
  for (const [index, entry] of entries.entries()) {
    const key = cursorOf(suppressionKey(entry));
    const before = latest.get(key);
    if (before === undefined) latest.set(key, { first: index, entry });
    else if (endOf(before.entry) < endOf(entry)) latest.set(key, { ...before, entry });
  }
  return [...latest].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);
}

const endOf = ({ expiresAt = Number.POSITIVE_INFINITY }: SuppressionEntry): number => expiresAt;
