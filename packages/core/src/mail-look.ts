import { hash } from "node:crypto";
import { sourceOf } from "./prepare-attachment.ts";
import type { PreparedMessage } from "./prepared-message.ts";

/** In characters. */
const longText = 1_000;

/** Tells which mails are equal in everything but what a recipient of a batch has of their own. */
export class MailLooks {
  /** Of what cannot be compared by its fields, such as functions and objects of a class. */
  readonly #numbers = new Map<unknown, number>();
  /** The last long text of each length: most mails have the very same, and a digest takes longer than to compare two. */
  readonly #digests = new Map<number, { readonly text: string; readonly digest: string }>();

  /**
   * The same for two mails only where they are equal. It is short, whatever is in the mail, and made from that mail alone:
   * to compare each mail with all others would take minutes for 10,000.
   * @returns `undefined` where the mail cannot be read to its end, as options that hold themselves
   */
  lookOf(mail: PreparedMessage): string | undefined {
    try {
      return hash("sha256", JSON.stringify(this.#write(sharedBy(mail))));
    } catch {
      return undefined;
    }
  }

  /** A value as JSON that no other value has. */
  #write(value: unknown): unknown {
    if (typeof value === "string" && value.length > longText) return ["digest", this.#digestOf(value)];
    if (typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) return value;
    if (Array.isArray(value)) return ["list", ...value.map((one) => this.#write(one))];
    if (value instanceof Date) return ["date", value.getTime()];
    if (isPlain(value)) return ["object", ...Object.entries(value).map(([name, one]) => [name, this.#write(one)])];
    const number = this.#numbers.get(value) ?? this.#numbers.size;
    this.#numbers.set(value, number);
    return ["thing", number];
  }

  #digestOf(text: string): string {
    const known = this.#digests.get(text.length);
    if (known?.text === text) return known.digest;
    const digest = hash("sha256", text);
    this.#digests.set(text.length, { text, digest });
    return digest;
  }
}

function isPlain(value: unknown): value is object {
  return typeof value === "object" && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value));
}

function sharedBy(mail: PreparedMessage): readonly unknown[] {
  const { id, messageId, date, envelope, to, headers, metadata, template, idempotencyKey, attachments, ...shared } =
    mail;
  const files = attachments.map((file) => [{ ...file }, sourceOf(file)]);
  return [shared, envelope.from, template?.id, files];
}
