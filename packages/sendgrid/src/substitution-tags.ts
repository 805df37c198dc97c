import { randomBytes } from "node:crypto";
import type { BatchRecipient, Segments } from "@mail/core";

type ValueKind = "values" | "htmlValues";

/**
 * The tags of one request. SendGrid replaces any text that is the name of a substitution, in whatever order, so each name
 * holds a secret: nobody can have written it into a text or a value.
 */
export class SubstitutionTags {
  readonly #secret = randomBytes(6).toString("hex");
  readonly #tags = new Map<string, { readonly kind: ValueKind; readonly name: string }>();
  readonly #known = new Map<string, string>();

  /** The text with tags for its placeholders. */
  write(segments: Segments, escaped: ValueKind): string {
    return segments
      .map((segment) =>
        typeof segment === "string" ? segment : this.#tagFor(segment.raw ? "values" : escaped, segment.name),
      )
      .join("");
  }

  /** What stands for the tags in one recipient's mail. */
  substitutionsFor(recipient: BatchRecipient): Readonly<Record<string, string>> {
    const entries = Array.from(this.#tags, ([tag, { kind, name }]) => [tag, recipient[kind][name] ?? ""]);
    return Object.fromEntries(entries);
  }

  #tagFor(kind: ValueKind, name: string): string {
    const key = `${kind} ${name}`;
    const tag = this.#known.get(key) ?? `-${this.#secret}.${this.#tags.size}-`;
    this.#known.set(key, tag);
    this.#tags.set(tag, { kind, name });
    return tag;
  }
}
