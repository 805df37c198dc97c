import { MailEventError } from "@mail/core";

/** Whether the signature is right could not be found out: the message may be genuine and should come again. */
export class UnverifiedError extends MailEventError {
  constructor(problem: string, cause?: unknown) {
    super(`The certificate of SNS ${problem}`, {
      code: "invalid_signature",
      field: "SigningCertURL",
      hint: "SNS sends the message again. Check that this machine reaches sns.<region>.amazonaws.com, or pass fetchCertificate.",
      cause,
    });
  }
}
