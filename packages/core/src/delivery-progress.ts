import { amendError, MailError } from "./mail-error.ts";
import { narrowEnvelope } from "./narrow-mail.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import type { Attempt, Receipt, RejectedRecipient } from "./receipt.ts";

/** How far one mail has come over several tries: who has it, who was refused, and who is still to be asked. */
export class DeliveryProgress {
  readonly #mail: PreparedMessage;
  readonly #taken: Receipt[] = [];
  readonly #attempts: Attempt[] = [];
  /** Refused for good. */
  readonly #refused: RejectedRecipient[] = [];
  /** Refused by the last try. */
  #open: readonly RejectedRecipient[] = [];
  /** Who may have the mail by a try of which nobody knows the outcome. */
  readonly #unsure = new Set<string>();
  #failure: MailError | undefined;

  constructor(mail: PreparedMessage) {
    this.#mail = mail;
  }

  /** The mail for those who do not have it yet. */
  get pendingMail(): PreparedMessage {
    if (this.#attempts.length === 0) return this.#mail;
    return narrowEnvelope(this.#mail, this.#pending);
  }

  get #pending(): readonly string[] {
    return this.#open.length === 0 ? this.#mail.envelope.to : this.#open.map(({ address }) => address);
  }

  add(result: Receipt | MailError): void {
    this.#attempts.push(...result.attempts);
    if (MailError.is(result)) {
      this.#open = this.#pending.map((address) => ({ address, error: result }));
      this.#failure = result;
    } else {
      this.#open = result.rejected;
      this.#taken.push(result);
    }
    for (const { address, error } of this.#open) if (mayBeSent(error)) this.#unsure.add(address);
  }

  /**
   * Gives up on those whose error `allows` no other try.
   * @returns the error with the longest wait among the others; `undefined` where nobody is left
   */
  keep(allows: (error: MailError) => boolean): MailError | undefined {
    const again = this.#open.filter(({ error }) => allows(error));
    if (again.length === 0) return undefined;
    this.#refused.push(...this.#open.filter((recipient) => !again.includes(recipient)));
    this.#open = again;
    return again
      .map(({ error }) => error)
      .reduce((longest, error) => (waitOf(error) > waitOf(longest) ? error : longest));
  }

  /** @throws MailError where nobody has the mail: `reason`, or what the last try said */
  finish(reason?: MailError): Receipt {
    const attempts = [...this.#attempts];
    const [first] = this.#taken;
    if (first === undefined) {
      const error = reason ?? (this.#failure as MailError);
      throw amendError(error, { attempts, ...(this.#unsure.size > 0 && { delivery: "unknown" }) });
    }
    const settled = ({ address, error }: RejectedRecipient): RejectedRecipient =>
      this.#unsure.has(address) ? { address, error: amendError(error, { delivery: "unknown" }) } : { address, error };
    return Object.freeze({
      ...first,
      accepted: [...new Set(this.#taken.flatMap(({ accepted }) => accepted))],
      rejected: [...this.#refused, ...this.#open].map(settled),
      attempts,
    });
  }
}

function waitOf({ retryAfterMs = 0 }: MailError): number {
  return retryAfterMs;
}

function mayBeSent({ delivery, attempts }: MailError): boolean {
  return delivery === "unknown" || attempts.some(({ error }) => error?.delivery === "unknown");
}
