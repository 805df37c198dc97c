import { randomBytes, randomUUID } from "node:crypto";
import type { Via } from "./caught-mail.ts";

/** An id as the provider would give it, without `<>`. */
export function providerId(via: Via, senderDomain: string): string {
  return makers[via](senderDomain);
}

const makers: Readonly<Record<Via, (senderDomain: string) => string>> = {
  /** Queue id, as in `250 2.0.0 Ok: queued as …` of Postfix. */
  smtp: () => randomBytes(6).toString("hex").toUpperCase(),
  /** `X-Message-Id`: 22 characters of base64url. */
  sendgrid: () => randomBytes(16).toString("base64url"),
  /** `20261123211610.1f3a5c7e9b2d4f60@mg.acme.example` */
  mailgun: (domain) => `${digitsOf(new Date())}.${randomBytes(8).toString("hex")}@${domain}`,
  /** `0102019ab3c4d5e6-` and a UUID and `-000000`. */
  ses: () => `0102${Date.now().toString(16).padStart(12, "0")}-${randomUUID()}-000000`,
};

function digitsOf(at: Date): string {
  return at.toISOString().replace(/\D/g, "").slice(0, 14);
}
