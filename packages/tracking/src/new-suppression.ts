import { addressKey, checkOptions, misconfigured, parseAddress, type SuppressionEntry } from "@mail/core";
import type { NewSuppression } from "./suppression-list.ts";

export const suppressionReasons = ["bounced", "complained", "unsubscribed", "manual"] as const;

/** As long as a tag may be, which a scope is compared with. */
const maxScopeBytes = 128;
const maxNoteLength = 500;
/** Date's own limit. */
const maxTime = 8.64e15;

const rules = {
  address: { type: ["string", "object"], required: true },
  reason: { type: "string", oneOf: suppressionReasons },
  scope: { type: "string" },
  at: { type: "object" },
  expiresAt: { type: "object" },
  expiresInMs: { type: "number", min: 1 },
  note: { type: "any" },
  mailId: { type: "any" },
} as const;

/**
 * Checks what is to be put on the list.
 * @param prefix of the fields in errors
 * @throws MailError `invalid_recipient` for the address, `configuration` for the rest
 */
export function toSuppressionEntry(given: NewSuppression, prefix: string): SuppressionEntry {
  // An empty scope is all mail.
  checkOptions("add", { ...given, scope: given.scope || undefined }, rules, prefix);
  const { address, reason = "manual", scope = "", at = new Date(), expiresAt, expiresInMs, note, mailId } = given;
  requireDate(at, `${prefix}at`);
  if (expiresAt !== undefined) requireDate(expiresAt, `${prefix}expiresAt`);
  if (expiresAt !== undefined && expiresInMs !== undefined)
    throw misconfigured(`${prefix}expiresInMs`, "stands beside expiresAt", "Give one of them.");
  const end = expiresInMs === undefined ? expiresAt?.getTime() : endAfter(at.getTime(), expiresInMs);
  return {
    address: addressKey(parseAddress(address, `${prefix}address`, "invalid_recipient").address),
    reason,
    scope: requireScope(scope, `${prefix}scope`),
    at: at.getTime(),
    ...(end !== undefined && { expiresAt: end }),
    ...(note !== undefined && note !== "" && { note: shortNote(note) }),
    ...(mailId !== undefined && mailId !== "" && { mailId: String(mailId) }),
  };
}

export function endAfter(at: number, expiresInMs: number): number {
  return Math.min(maxTime, Math.ceil(at + expiresInMs));
}

/** @throws MailError `configuration` where it is too long for a tag, or has line breaks */
export function requireScope(scope: string, field: string): string {
  if (!isScope(scope))
    throw misconfigured(field, `is no tag of up to ${maxScopeBytes} bytes`, "Use the tag that your messages carry.");
  return scope;
}

export function isScope(scope: unknown): boolean {
  return typeof scope === "string" && !/\p{Cc}/u.test(scope) && Buffer.byteLength(scope) <= maxScopeBytes;
}

export function shortNote(note: string): string {
  const text = String(note).toWellFormed();
  return text.length > maxNoteLength ? `${text.slice(0, maxNoteLength - 1)}…`.toWellFormed() : text;
}

export function requireDate(date: Date, field: string): void {
  if (date instanceof Date && !Number.isNaN(date.getTime())) return;
  throw misconfigured(field, "is not a valid Date", "Pass a Date, such as new Date(Date.now() + 86_400_000).");
}
