import type { BatchRecipient } from "@mail/core";

/** How all placeholders of Mailgun begin, `%recipient.key%` and `%recipient_email%` alike. */
const beginning = /%recipient/gi;

/** True for a text that Mailgun would change in a batch. */
export function hasPlaceholder(text: string): boolean {
  return text.search(beginning) !== -1;
}

/** The variables of one batch (Mailgun's user manual, "Recipient variables"), under names of our own. */
export class RecipientVariables {
  readonly #recipients: readonly BatchRecipient[];
  readonly #variables: readonly Record<string, string>[];
  /** Placeholders by what they stand for. */
  readonly #placeholders = new Map<string, string>();

  constructor(recipients: readonly BatchRecipient[]) {
    this.#recipients = recipients;
    this.#variables = recipients.map(() => ({}));
  }

  /** A text that is the same for all. Mailgun has no way to escape a placeholder, so its beginning is a variable. */
  literal(text: string): string {
    return text.replace(beginning, (written) => this.each(`literal ${written}`, () => written));
  }

  /**
   * The placeholder for a value of each recipient.
   * @param key what it stands for; the same key has the same placeholder
   */
  each(key: string, readFrom: (recipient: BatchRecipient) => string): string {
    const known = this.#placeholders.get(key);
    if (known !== undefined) return known;
    const name = `m${this.#placeholders.size}`;
    for (const [index, recipient] of this.#recipients.entries()) {
      const variables = this.#variables[index];
      if (variables !== undefined) variables[name] = readFrom(recipient);
    }
    const placeholder = `%recipient.${name}%`;
    this.#placeholders.set(key, placeholder);
    return placeholder;
  }

  /** `{ "ada@example.com": { "m0": "Ada" } }`; without it, all would see all addresses. */
  toJson(): string {
    const entries = this.#recipients.map(({ to }, index) => [to.address, this.#variables[index]]);
    return JSON.stringify(Object.fromEntries(entries));
  }
}
