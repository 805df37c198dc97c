import { MailError, networkFailure, plainReason } from "@mail/core";

/** A failure below HTTP; `handedOver` says whether the whole request had been written, where that is known. */
export function networkError(thrown: unknown, handedOver: boolean | undefined): MailError {
  const systemCode = typeof thrown === "object" && thrown !== null && "code" in thrown ? String(thrown.code) : "";
  const failure = networkFailure(systemCode, handedOver);
  const reason = thrown instanceof Error && thrown.message !== "" ? plainReason(thrown.message) : systemCode;
  return new MailError(`The request to SendGrid failed: ${reason}`, {
    code: failure?.code ?? "unknown",
    delivery: failure?.delivery ?? (handedOver === false ? "not_sent" : "unknown"),
    hint: failure?.hint,
    cause: thrown,
  });
}
