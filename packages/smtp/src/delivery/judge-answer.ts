import type { MailError } from "@mail/core";
import type { MailInFlight, Step } from "./mail-in-flight.ts";

/** What follows from an answer to one of a mail's commands. */
export type Verdict =
  | { readonly kind: "goOn" }
  | { readonly kind: "taken" }
  /** @param openEnded the server still waits for the mail, or for more of it */
  | { readonly kind: "refused"; readonly error: MailError; readonly openEnded?: boolean }
  /** It was taken before all of it was sent. */
  | { readonly kind: "takenTooEarly" }
  /** The server offers BDAT and does not know it. */
  | { readonly kind: "chunksUnknown" }
  /** 421, or RSET refused. @param at what was answered by it */
  | { readonly kind: "leave"; readonly at: Step; readonly error: MailError }
  /** What is the answer to which command cannot be told any more. */
  | { readonly kind: "outOfStep"; readonly problem: string };

const goOn: Verdict = { kind: "goOn" };
const outOfStep = (problem: string, reply: string): Verdict => ({
  kind: "outOfStep",
  problem: `${problem}: ${JSON.stringify(reply.slice(0, 200))}`,
});

/** Takes the next answer to a mail's commands in. */
export function judgeAnswer(mail: MailInFlight, reply: string): Verdict {
  const isLeave = reply.startsWith("421");
  if (!mail.waits) {
    const error = mail.refused(reply, "body");
    return isLeave ? { kind: "leave", at: "body", error } : outOfStep("That comes before the mail", reply);
  }
  const step = mail.steps[mail.answered++] ?? "body";
  const isGood = reply.startsWith("2");
  if (isLeave) {
    const error = mail.refusal ?? mail.refused(reply, step);
    if (step === "mail" || step === "rcpt") mail.takeEnvelope(step, reply);
    return { kind: "leave", at: step, error };
  }
  switch (step) {
    case "reset":
      return isGood ? goOn : { kind: "leave", at: step, error: mail.refused(reply, step) };
    case "mail":
    case "rcpt":
      return judgeEnvelope(mail, step, reply);
    case "data":
      return judgeData(mail, reply);
    case "chunk":
      if (isGood) return goOn;
      return /^50[0-4]/.test(reply) ? { kind: "chunksUnknown" } : { kind: "refused", error: mail.refused(reply, step) };
    case "body":
      return judgeBody(mail, reply);
  }
}

function judgeEnvelope(mail: MailInFlight, step: "mail" | "rcpt", reply: string): Verdict {
  if (reply.startsWith("3")) return outOfStep("That is no answer to an envelope", reply);
  mail.takeEnvelope(step, reply);
  const { refusal } = mail;
  return refusal === undefined || mail.waits ? goOn : { kind: "refused", error: refusal };
}

function judgeData(mail: MailInFlight, reply: string): Verdict {
  const { refusal } = mail;
  if (reply.startsWith("2")) return outOfStep("That is no answer to DATA", reply);
  if (!reply.startsWith("3")) return { kind: "refused", error: refusal ?? mail.refused(reply, "data") };
  return refusal === undefined ? goOn : { kind: "refused", error: refusal, openEnded: true };
}

function judgeBody(mail: MailInFlight, reply: string): Verdict {
  const { refusal, handedOver } = mail;
  if (reply.startsWith("3")) return outOfStep("That is no answer to a mail", reply);
  if (!reply.startsWith("2"))
    return { kind: "refused", error: refusal ?? mail.refused(reply, "body"), openEnded: !handedOver };
  if (refusal !== undefined) return outOfStep("The server took a mail that it had refused", reply);
  return { kind: handedOver ? "taken" : "takenTooEarly" };
}
