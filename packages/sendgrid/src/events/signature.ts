import { createVerify, type KeyObject } from "node:crypto";
import { MailEventError, signedTime } from "@mail/core";

/** "Event Webhook Security Features". */
const signatureHeader = "X-Twilio-Email-Event-Webhook-Signature";
const timestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp";

export interface EventSignature {
  /** ECDSA in DER. */
  readonly signature: Uint8Array;
  /** Seconds since 1970, as they are signed. */
  readonly timestamp: string;
}

/** Two numbers of 33 bytes at most, and six bytes around them. */
const longestSignature = 72;

/** What a request says of its signature, before its body is read. @throws MailEventError `invalid_signature` */
export function signatureOf(headers: Headers): EventSignature {
  const base64 = headerOf(headers, signatureHeader);
  const timestamp = headerOf(headers, timestampHeader);
  const signature = Buffer.from(base64, "base64");
  // Buffer skips over what is no base64.
  if (signature.toString("base64") !== base64 || signature.length > longestSignature)
    throw invalid(signatureHeader, "is no signature");
  if (!/^\d{10}$/.test(timestamp)) throw invalid(timestampHeader, "is no time");
  return { signature, timestamp };
}

/**
 * Checks ECDSA with P-256 and SHA-256 over the time and the raw body.
 * @returns when it was signed
 * @throws MailEventError `invalid_signature` or `stale`
 */
export function checkSignature(
  { signature, timestamp }: EventSignature,
  body: Uint8Array,
  keys: readonly KeyObject[],
  maxAgeMs: number,
): Date {
  const matches = (key: KeyObject): boolean =>
    createVerify("sha256").update(timestamp).update(body).verify({ key, dsaEncoding: "der" }, signature);
  if (!keys.some(matches)) throw invalid(signatureHeader, "does not match the body");
  return signedTime(timestamp, maxAgeMs, timestampHeader);
}

function headerOf(headers: Headers, name: string): string {
  const value = headers.get(name) ?? "";
  if (value === "") throw invalid(name, "is missing");
  return value;
}

function invalid(field: string, problem: string): MailEventError {
  return new MailEventError(`${field} ${problem}`, {
    code: "invalid_signature",
    field,
    hint: "Turn the Signed Event Webhook on in SendGrid, use its verification key, and hand the body over unchanged.",
  });
}
