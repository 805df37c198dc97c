import { errorTable, MailError, type MailErrorCode, misconfigured } from "@mail/core";
import type { SentMail } from "./sent-mail.ts";

interface Rule {
  readonly predicate: (mail: SentMail) => boolean;
  readonly error: MailError;
}

/** A quota comes back later than a rate limit does; providers seldom say when. */
const quotaRetryMs = 3_600_000;

/** What the mock was told to refuse. */
export class PlannedFailures {
  #next: { readonly error: MailError; left: number }[] = [];
  #rules: Rule[] = [];

  failNext(codeOrError: MailErrorCode | MailError, times: number): void {
    if (times !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(times) && times > 0)) {
      throw misconfigured("times", `is ${times}`, "Pass how many mails fail: 1 or more.");
    }
    this.#next.push({ error: toError(codeOrError), left: times });
  }

  failWhen(predicate: (mail: SentMail) => boolean, codeOrError: MailErrorCode | MailError): void {
    if (typeof predicate !== "function") {
      throw misconfigured("predicate", `is ${typeof predicate}`, 'Write failWhen((mail) => …, "recipient_rejected").');
    }
    this.#rules.push({ predicate, error: toError(codeOrError) });
  }

  /** The error for a mail, if one is planned. One from `failNext` is used up by it. */
  take(mail: SentMail): MailError | undefined {
    const [next] = this.#next;
    if (next === undefined) return this.#rules.find(({ predicate }) => predicate(mail))?.error;
    next.left--;
    if (next.left === 0) this.#next.shift();
    return next.error;
  }

  clear(): void {
    this.#next = [];
    this.#rules = [];
  }
}

function toError(codeOrError: unknown): MailError {
  if (MailError.is(codeOrError)) return codeOrError;
  if (!isCode(codeOrError)) {
    const codes = Object.keys(errorTable).join(", ");
    throw misconfigured("code", `is ${JSON.stringify(codeOrError)}`, `Pass a MailError or one of ${codes}.`);
  }
  return new MailError(`The mock was told to fail with ${codeOrError}.`, {
    code: codeOrError,
    ...(codeOrError === "quota_exceeded" && { retryAfterMs: quotaRetryMs }),
    hint: "Planned by the test with failNext or failWhen; clear() ends it.",
  });
}

function isCode(value: unknown): value is MailErrorCode {
  return typeof value === "string" && Object.hasOwn(errorTable, value);
}
