import type { BatchRecipient, Segments } from "@mail/core";

type ReadFrom = (recipient: BatchRecipient) => string;

/** What the Handlebars of SES would take for its own, beside a tag or without one. */
const ambiguous = /^\}+|[{\\]*\{\{\}*|[{\\]+$/g;

/**
 * Texts with `{{name}}`, under names of our own. SES puts values in as they are: "SES doesn't escape HTML content when
 * rendering the HTML template for a message" (developer guide, "Advanced email personalization").
 */
export class InlineTemplate {
  readonly #values = new Map<string, ReadFrom>();
  readonly #names = new Map<string, string>();
  /** Values that all have in common. */
  readonly shared: Record<string, string> = {};

  /** Writes a text. @param escaped which values stand for `{{name}}`; the raw ones stand for `{{{name}}}` */
  write(segments: Segments, escaped: "values" | "htmlValues"): string {
    return segments
      .map((segment) => {
        if (typeof segment === "string") return this.#literal(segment);
        const { name, raw } = segment;
        const kind = raw ? "values" : escaped;
        return this.each(`${kind} ${name}`, ({ [kind]: values }) => values[name] ?? "");
      })
      .join("");
  }

  /** The tag for a value of each recipient; the same key has the same tag. */
  each(key: string, readFrom: ReadFrom): string {
    const name = this.#nameFor(key);
    this.#values.set(name, readFrom);
    return `{{${name}}}`;
  }

  dataOf(recipient: BatchRecipient): Readonly<Record<string, string>> {
    return Object.fromEntries(Array.from(this.#values, ([name, readFrom]) => [name, readFrom(recipient)]));
  }

  #literal(text: string): string {
    return text.replace(ambiguous, (braces) => {
      const name = this.#nameFor(`literal ${braces}`);
      this.shared[name] = braces;
      return `{{${name}}}`;
    });
  }

  #nameFor(key: string): string {
    const name = this.#names.get(key) ?? `m${this.#names.size}`;
    this.#names.set(key, name);
    return name;
  }
}
