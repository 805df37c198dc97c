import type { MailError, RejectedRecipient } from "@mail/core";
import { refusedError, type SmtpServerAddress, smtpError } from "../smtp-error.ts";
import type { SmtpStage } from "../smtp-reply.ts";
import type { PendingMail } from "./pending-mail.ts";
import type { Plan } from "./plan-mail.ts";

/** `chunk` is a first one to see whether the server knows BDAT; `body` is the answer to the mail. */
export type Step = "reset" | "mail" | "rcpt" | "data" | "chunk" | "body";

const stages: Readonly<Record<Step, SmtpStage>> = {
  reset: "mail",
  mail: "mail",
  rcpt: "rcpt",
  data: "data",
  chunk: "body",
  body: "body",
};

/** One mail in the dialogue: which of its commands are out, which are answered, and what follows from the answers. */
export class MailInFlight {
  readonly pending: PendingMail;
  readonly plan: Plan;
  readonly steps: readonly Step[];
  /** The mail is the first on its connection. */
  readonly isFirst: boolean;
  readonly accepted: string[] = [];
  readonly rejected: RejectedRecipient[] = [];
  /** Steps whose commands are written. */
  asked = 0;
  answered = 0;
  /** All of the mail was given to the socket. */
  handedOver = false;
  /** MAIL FROM was refused. */
  #mailRefused: MailError | undefined;
  readonly #server: SmtpServerAddress;
  readonly #envelopeSteps: number;

  constructor(pending: PendingMail, plan: Plan, isFirst: boolean, server: SmtpServerAddress) {
    this.pending = pending;
    this.plan = plan;
    this.isFirst = isFirst;
    this.#server = server;
    const steps: Step[] = plan.reset ? ["reset", "mail"] : ["mail"];
    for (let count = pending.request.to.length; count > 0; count--) steps.push("rcpt");
    this.#envelopeSteps = steps.length;
    if (plan.by === "DATA") steps.push("data");
    else if (plan.tryChunk) steps.push("chunk");
    steps.push("body");
    this.steps = steps;
  }

  /** Where among the steps the recipients begin. */
  get firstRecipientStep(): number {
    return this.plan.reset ? 2 : 1;
  }

  /** An answer is to come. */
  get waits(): boolean {
    return this.answered < this.asked;
  }

  /** The server has not answered MAIL FROM. */
  get unbegun(): boolean {
    return this.answered < this.firstRecipientStep;
  }

  get envelopeAnswered(): boolean {
    return this.answered >= this.#envelopeSteps;
  }

  /** How many steps may have been asked by now. */
  get mayAsk(): number {
    const { together } = this.plan;
    if (this.refusal !== undefined) return this.asked;
    if (together === "all") return this.steps.length;
    if (together === "one" || this.envelopeAnswered) return this.answered + 1;
    return together === "envelope" ? this.#envelopeSteps : this.#envelopeSteps + 1;
  }

  /** Why the mail cannot go out any more, as the answers to its envelope say. */
  get refusal(): MailError | undefined {
    if (this.#mailRefused !== undefined) return this.#mailRefused;
    if (!this.envelopeAnswered || this.accepted.length > 0) return undefined;
    // A passing reason for one is a passing reason for the mail.
    const passing = this.rejected.find(({ error }) => (error.response?.smtpCode ?? 0) < 500);
    return (passing ?? this.rejected.at(-1))?.error;
  }

  refused(reply: string, step: Step): MailError {
    return refusedError(reply, stages[step], this.#server);
  }

  /** The connection is gone. What the envelope came to is definite, if the server did not take the mail in spite of it. */
  failed(error: Error): MailError {
    const { refusal } = this;
    if (refusal !== undefined && this.answered < this.steps.length) return refusal;
    return smtpError(error, this.#server, this.handedOver);
  }

  /** Takes an answer to MAIL FROM or RCPT TO in. */
  takeEnvelope(step: "mail" | "rcpt", reply: string): void {
    const isGood = reply.startsWith("2");
    if (step === "mail") {
      if (!isGood) this.#mailRefused = this.refused(reply, step);
      return;
    }
    // What is said about recipients of a refused mail says nothing about them.
    if (this.#mailRefused !== undefined) return;
    const address = this.pending.request.to[this.accepted.length + this.rejected.length] ?? "";
    if (isGood) this.accepted.push(address);
    else this.rejected.push({ address, error: this.refused(reply, step) });
  }
}
