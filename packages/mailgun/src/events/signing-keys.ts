import { misconfigured } from "@mail/core";

const wanted = "Copy the HTTP webhook signing key from Mailgun's control panel (API Security).";

/** Checks one key or several. @throws MailError `configuration` that names the one at fault, without the key */
export function signingKeys(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [signingKey(value, "signingKey")];
  if (value.length === 0) throw misconfigured("signingKey", "is an empty list", wanted);
  return Array.from(value as readonly unknown[], (key, index) => signingKey(key, `signingKey[${index}]`));
}

function signingKey(value: unknown, field: string): string {
  if (typeof value !== "string" || value === "") throw misconfigured(field, "is no text", wanted);
  if (!/^[\x21-\x7e]+$/.test(value)) throw misconfigured(field, "has spaces or characters beyond ASCII", wanted);
  return value;
}
