import type { RejectedRecipient } from "@mail/core";
import type { SmtpRequest } from "../to-smtp-request.ts";

/** What a server said to a mail that it took. */
export interface TakenMail {
  readonly accepted: readonly string[];
  readonly rejected: readonly RejectedRecipient[];
  /** Its answer to the mail. */
  readonly response: string;
}

/** A mail on its way from the pool to the outcome, of which there is one. */
export class PendingMail {
  readonly request: SmtpRequest;
  readonly signal: AbortSignal;
  readonly outcome: Promise<TakenMail>;
  settled = false;
  /** What ends it at its present place; not called where that listens to the signal itself. */
  abort: ((mail: PendingMail) => void) | undefined;
  #taken: TakenMail | undefined;
  readonly #resolve: (taken: TakenMail) => void;
  readonly #reject: (error: unknown) => void;

  constructor(request: SmtpRequest, signal: AbortSignal) {
    this.request = request;
    this.signal = signal;
    const { promise, resolve, reject } = Promise.withResolvers<TakenMail>();
    this.outcome = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener("abort", this);
  }

  /** Hears the signal. */
  handleEvent(): void {
    if (!this.settled) this.abort?.(this);
  }

  /** The server took it: that is its outcome from now on, which `tell` tells. */
  take(taken: TakenMail): void {
    if (this.#settle()) this.#taken = taken;
  }

  tell(): void {
    if (this.#taken !== undefined) this.#resolve(this.#taken);
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.signal.removeEventListener("abort", this);
    return true;
  }
}
