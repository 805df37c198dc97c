import { createPrivateKey, generateKeyPair, type KeyObject, randomBytes, X509Certificate } from "node:crypto";
import { promisify } from "node:util";
import { misconfigured } from "@mail/core";
import { generate } from "selfsigned";

/** Keys that sign webhooks; keep them, and apps can have the public ones in their configuration. */
export interface WebhookPrivateKeys {
  /** PEM (PKCS #8) of a key on the curve P-256. */
  readonly sendgridPrivateKey: string;
  readonly mailgunSigningKey: string;
  /** PEM (PKCS #8) of an RSA key. */
  readonly snsPrivateKey: string;
  /** PEM of the certificate for `snsPrivateKey`. */
  readonly snsCertificate: string;
}

const validYears = 10;

/** Makes those that are not given. @throws MailError `configuration` that names the key */
export async function webhookPrivateKeys(given: Partial<WebhookPrivateKeys> = {}): Promise<WebhookPrivateKeys> {
  const { snsPrivateKey, snsCertificate } = given;
  if ((snsPrivateKey === undefined) !== (snsCertificate === undefined))
    throw misconfigured("keys.snsPrivateKey", "and keys.snsCertificate belong together", "Give both, or neither.");
  const sns =
    snsPrivateKey === undefined || snsCertificate === undefined ? await snsPair() : { snsPrivateKey, snsCertificate };
  return {
    sendgridPrivateKey: given.sendgridPrivateKey ?? (await sendgridKey()),
    mailgunSigningKey: given.mailgunSigningKey ?? randomBytes(16).toString("hex"),
    ...sns,
  };
}

async function sendgridKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

async function snsPair(): Promise<Pick<WebhookPrivateKeys, "snsPrivateKey" | "snsCertificate">> {
  const notAfterDate = new Date();
  notAfterDate.setUTCFullYear(notAfterDate.getUTCFullYear() + validYears);
  const pair = await generate([{ name: "commonName", value: "sns.amazonaws.com" }], {
    keyType: "rsa",
    keySize: 2048,
    algorithm: "sha256",
    notAfterDate,
  });
  return { snsPrivateKey: pair.private, snsCertificate: pair.cert };
}

export interface SigningKeys {
  readonly sendgrid: KeyObject;
  readonly mailgun: string;
  readonly sns: KeyObject;
}

/** @throws MailError `configuration` that names the key */
export function signingKeys(keys: WebhookPrivateKeys): SigningKeys {
  const sendgrid = readKey("keys.sendgridPrivateKey", keys.sendgridPrivateKey);
  if (sendgrid.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    throw misconfigured("keys.sendgridPrivateKey", "is not on the curve P-256", "SendGrid signs with ECDSA, P-256.");
  const sns = readKey("keys.snsPrivateKey", keys.snsPrivateKey);
  if (sns.asymmetricKeyType !== "rsa")
    throw misconfigured("keys.snsPrivateKey", "is no RSA key", "SNS signs with RSA.");
  if (!readCertificate(keys.snsCertificate).checkPrivateKey(sns))
    throw misconfigured("keys.snsCertificate", "belongs to another key", "Give the certificate of snsPrivateKey.");
  if (keys.mailgunSigningKey === "")
    throw misconfigured("keys.mailgunSigningKey", "is empty", "Leave it out to have one made.");
  return { sendgrid, mailgun: keys.mailgunSigningKey, sns };
}

function readKey(field: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw misconfigured(field, "is no private key in PEM", "Write it from -----BEGIN PRIVATE KEY----- on.");
  }
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw misconfigured(
      "keys.snsCertificate",
      "is no certificate in PEM",
      "Write it from -----BEGIN CERTIFICATE----- on.",
    );
  }
}
