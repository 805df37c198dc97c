import type { SuppressionEntry, SuppressionReason } from "@mail/core";
import { addressKey, storedKey } from "./stored-key.ts";

/** An entry as SQLite and PostgreSQL give it; numbers may come as text. */
export function suppressionOf(row: Readonly<Record<string, unknown>>): SuppressionEntry {
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

/** What stands for an entry in the order of lists. */
export type SuppressionKey = readonly [addressKey: string, reason: string, scopeKey: string];

export function suppressionKey({ address, reason, scope }: SuppressionEntry): SuppressionKey {
  return [addressKey(address), reason, storedKey(scope)];
}

/** @param cursor one that `list` gave; any other begins anew */
export function cursorKey(cursor: string | undefined): SuppressionKey {
  const parts = (cursor ?? "").split(".").map((part) => Buffer.from(part, "base64url").toString());
  return [parts[0] ?? "", parts[1] ?? "", parts[2] ?? ""];
}

export function cursorOf(key: SuppressionKey): string {
  return key.map((part) => Buffer.from(part).toString("base64url")).join(".");
}

export const suppressionCounts = (
  rows: readonly Readonly<Record<string, unknown>>[],
): Readonly<Record<SuppressionReason, number>> => ({
  ...{ bounced: 0, complained: 0, unsubscribed: 0, manual: 0 },
  ...Object.fromEntries(rows.map(({ reason, entries }) => [String(reason), Number(entries)])),
});

/** The first text after all that begin with this one, in the order of their bytes. */
export function endOfPrefix(prefix: string): string {
  return `${prefix}\u{10ffff}`;
}
