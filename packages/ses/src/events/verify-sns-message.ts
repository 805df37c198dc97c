import { verify } from "node:crypto";
import { MailEventError } from "@mail/core";
import { isCertificateAddress } from "./sns-address.ts";
import type { SnsCertificates } from "./sns-certificates.ts";
import type { SnsMessage } from "./sns-message.ts";

/** By `SignatureVersion`; both are RSA with PKCS #1 v1.5. */
const digests: ReadonlyMap<string, string> = new Map([
  ["1", "sha1"],
  ["2", "sha256"],
]);

/** Makes sure that SNS has signed the message. @throws MailEventError `invalid_signature` */
export async function verifySnsMessage(message: SnsMessage, certificates: SnsCertificates): Promise<void> {
  const digest = digests.get(message.signatureVersion);
  if (digest === undefined) throw invalid("SignatureVersion", "is neither 1 nor 2");
  if (!isCertificateAddress(message.certificateUrl)) throw invalid("SigningCertURL", "is no address of SNS");
  const key = await certificates.key(message.certificateUrl);
  const signature = Buffer.from(message.signature, "base64");
  if (!verify(digest, Buffer.from(message.signed), key, signature)) throw invalid("Signature", "does not match");
}

function invalid(field: string, problem: string): MailEventError {
  return new MailEventError(`${field} ${problem}`, {
    code: "invalid_signature",
    field,
    hint: "Somebody else than SNS posted this, or something on its way changed it.",
  });
}
