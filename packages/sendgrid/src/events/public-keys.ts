import { createPublicKey, type KeyObject } from "node:crypto";
import { misconfigured } from "@mail/core";

const wanted = "Copy the verification key from SendGrid (Settings, Mail Settings, Event Webhook); it starts with MFkw.";

/** Reads one key or several. @throws MailError `configuration` that names the one at fault, without the key */
export function publicKeys(value: unknown): readonly KeyObject[] {
  if (!Array.isArray(value)) return [publicKey(value, "publicKey")];
  if (value.length === 0) throw misconfigured("publicKey", "is an empty list", wanted);
  return Array.from(value as readonly unknown[], (key, index) => publicKey(key, `publicKey[${index}]`));
}

function publicKey(value: unknown, field: string): KeyObject {
  if (typeof value !== "string" || value.trim() === "") throw misconfigured(field, "is no text", wanted);
  const key = parsedKey(value.trim(), field);
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw misconfigured(field, "is not a key of the curve P-256", wanted);
  return key;
}

function parsedKey(text: string, field: string): KeyObject {
  // Node would take the public half of a private key, and the key of a certificate.
  if (text.startsWith("-----") && !/^-----BEGIN PUBLIC KEY-----\s/.test(text))
    throw misconfigured(field, "is PEM, but no public key", wanted);
  if (!text.startsWith("-----") && !/^[A-Za-z0-9+/\s]+={0,2}$/.test(text))
    throw misconfigured(field, "is neither base64 nor PEM", wanted);
  try {
    return text.startsWith("-----")
      ? createPublicKey(text)
      : createPublicKey({ key: Buffer.from(text, "base64"), format: "der", type: "spki" });
  } catch {
    throw misconfigured(field, "holds no public key", wanted);
  }
}
