import { type KeyObject, X509Certificate } from "node:crypto";
import { MailEventError } from "@mail/core";
import { UnverifiedError } from "./unverified-error.ts";

/** SNS has RSA keys of 2,048 bits. Smaller ones can be forged, and huge ones keep the processor busy. */
const bits = { min: 2048, max: 8192 };

export interface SnsPublicKey {
  readonly key: KeyObject;
  /** End of the certificate, in milliseconds since 1970. */
  readonly validUntil: number;
}

/** Reads the key of a certificate in PEM that is valid now. @throws MailEventError `invalid_signature` */
export function snsPublicKey(pem: string): SnsPublicKey {
  const certificate = readCertificate(pem);
  const [from, until] = [certificate.validFromDate.getTime(), certificate.validToDate.getTime()];
  const now = Date.now();
  if (now < from) throw refused("is not valid yet");
  if (now > until) throw refused("has expired");
  const key = keyOf(certificate);
  const length = key?.asymmetricKeyDetails?.modulusLength ?? 0;
  if (key?.asymmetricKeyType !== "rsa") throw refused("has no RSA key");
  if (length < bits.min || length > bits.max) throw refused(`has an RSA key of ${length} bits`);
  return { key, validUntil: until };
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new UnverifiedError("could not be fetched: what came is no certificate in PEM");
  }
}

/** `undefined` for a key of a kind that Node does not know. */
function keyOf(certificate: X509Certificate): KeyObject | undefined {
  try {
    return certificate.publicKey;
  } catch {
    return undefined;
  }
}

function refused(problem: string): MailEventError {
  return new MailEventError(`The certificate of SNS ${problem}`, {
    code: "invalid_signature",
    field: "SigningCertURL",
    hint: "Check this machine's clock, and what stands between it and sns.<region>.amazonaws.com.",
  });
}
