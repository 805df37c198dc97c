import { createHmac, timingSafeEqual } from "node:crypto";
import { eventText, MailEventError, signedTime } from "@mail/core";

/** What a post says of its signature; checked by its form alone. */
export interface MailgunSignature {
  /** Seconds since 1970: ten digits, so that none of the token can be taken for the time. */
  readonly timestamp: string;
  readonly token: string;
  /** HMAC-SHA256 in hexadecimal. */
  readonly signature: string;
}

const forms = { timestamp: /^\d{10}$/, token: /^[\x21-\x7e]{1,200}$/, signature: /^[0-9a-f]{64}$/ } as const;

/** @throws MailEventError `invalid_signature` */
export function signatureOf(fields: Readonly<Record<string, unknown>>): MailgunSignature {
  const text = (name: keyof typeof forms): string => {
    const value = eventText(fields[name]);
    if (value === undefined || !forms[name].test(value))
      throw invalid(name, value === undefined ? "is missing" : "has not the form that Mailgun gives it");
    return value;
  };
  return { timestamp: text("timestamp"), token: text("token"), signature: text("signature") };
}

/**
 * Checks the HMAC over time and token (user manual, "Securing Webhooks").
 * @returns when it was signed
 * @throws MailEventError `invalid_signature` or `stale`
 */
export function checkSignature(
  { timestamp, token, signature }: MailgunSignature,
  keys: readonly string[],
  maxAgeMs: number,
): Date {
  const given = Buffer.from(signature, "hex");
  const matches = (key: string): boolean =>
    timingSafeEqual(createHmac("sha256", key).update(timestamp).update(token).digest(), given);
  if (!keys.some(matches)) throw invalid("signature", "does not match");
  return signedTime(timestamp, maxAgeMs, "timestamp");
}

function invalid(field: string, problem: string): MailEventError {
  return new MailEventError(`${field} ${problem}`, {
    code: "invalid_signature",
    field,
    hint: "Use the HTTP webhook signing key of Mailgun's control panel; it is not the API key.",
  });
}
