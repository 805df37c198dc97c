import { type Address, formatAddress, parseAddress } from "@mail/core";
import { isAsymmetric } from "./difference.ts";
import type { SentAttachment } from "./sent-mail.ts";

/** Deep comparison in which the expected object may have fewer keys. */
export type MatchesSubset = (sent: unknown, expected: unknown) => boolean;

/** True where a value is as expected. */
export type Match = (sent: unknown, expected: unknown, subset: MatchesSubset) => boolean;

export const matchText: Match = (sent, expected) => {
  if (typeof sent !== "string") return expected === undefined;
  if (expected instanceof RegExp) return sent.search(expected) !== -1;
  if (typeof expected === "function") return expected(sent) === true;
  if (isAsymmetric(expected)) return expected.asymmetricMatch(sent);
  return sent === expected;
};

export const matchDeep: Match = (sent, expected, subset) => {
  if (typeof expected === "function") return sent !== undefined && expected(sent) === true;
  return subset(sent, expected);
};

export const matchAddress: Match = (sent, expected, subset) => {
  if (!isAddress(sent)) return expected === undefined;
  if (typeof expected === "string") return matchParsed(sent, expected);
  if (expected instanceof RegExp)
    return [sent.address, formatAddress(sent)].some((text) => text.search(expected) !== -1);
  if (typeof expected === "function") return expected(sent) === true;
  if (isAsymmetric(expected)) return expected.asymmetricMatch(takesStrings(expected) ? sent.address : sent);
  if (typeof expected !== "object" || expected === null) return false;
  const { name, address } = expected as { readonly name?: unknown; readonly address?: unknown };
  const sameName = !("name" in expected) || matchText(sent.name, name, subset);
  return sameName && (address === undefined || matchAddress({ address: sent.address }, address, subset));
};

/** Envelope addresses are bare. */
export const matchBareAddress: Match = (sent, expected, subset) =>
  matchAddress(typeof sent === "string" ? { address: sent } : sent, expected, subset);

function isAddress(value: unknown): value is Address {
  return typeof value === "object" && value !== null && "address" in value && typeof value.address === "string";
}

function matchParsed(sent: Address, expected: string): boolean {
  const { name, address } = parseAddress(expected, "expected address");
  return sent.address === address && (name === undefined || sent.name === name);
}

function takesStrings(matcher: { getExpectedType?(): string }): boolean {
  return matcher.getExpectedType?.() === "string";
}

export const matchAttachment: Match = (sent, expected, subset) => {
  const attachment = sent as SentAttachment;
  if (typeof expected === "string" || expected instanceof RegExp)
    return matchText(attachment.filename, expected, subset);
  if (typeof expected === "function") return expected(attachment) === true;
  if (isAsymmetric(expected))
    return expected.asymmetricMatch(takesStrings(expected) ? attachment.filename : attachment);
  const fields: Readonly<Record<string, unknown>> = { ...(expected as object) };
  return Object.entries(fields).every(([name, value]) => {
    if (name === "content") return matchContent(attachment, value, subset);
    if (name === "contentType") return matchContentType(attachment.contentType, value, subset);
    return matchText(attachment[name as "filename" | "contentId" | "disposition"], value, subset);
  });
};

function matchContent(attachment: SentAttachment, expected: unknown, subset: MatchesSubset): boolean {
  if (expected instanceof Uint8Array) return Buffer.compare(attachment.content, expected) === 0;
  if (typeof expected === "function") return expected(attachment.content) === true;
  if (isAsymmetric(expected))
    return expected.asymmetricMatch(takesStrings(expected) ? attachment.text : attachment.content);
  return matchText(attachment.text, expected, subset);
}

/** Media types compare in any case (RFC 2045 section 5.1). */
function matchContentType(sent: string, expected: unknown, subset: MatchesSubset): boolean {
  if (typeof expected !== "string") return matchText(sent, expected, subset);
  const compared = expected.includes(";") ? sent : sent.replace(/\s*;.*$/s, "");
  return compared.toLowerCase() === expected.toLowerCase();
}
