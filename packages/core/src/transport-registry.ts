import { misconfigured } from "./configuration-error.ts";
import { labelOf } from "./deliver.ts";
import { amendError, MailError, toMailError } from "./mail-error.ts";
import type { MailerOptions } from "./mailer.ts";
import type { Transport } from "./transport.ts";
import { reasonOf } from "./value-text.ts";

/** A transport with the key under which it is configured. */
export interface ChosenTransport {
  readonly transport: Transport;
  readonly key: string | undefined;
  readonly label: string;
}

/** Finds transports by key, builds each at its first use, and closes those that were built. */
export class TransportRegistry {
  readonly #single: Transport | undefined;
  readonly #use: string | undefined;
  readonly #factories: Readonly<Record<string, () => Transport>>;
  readonly #built = new Map<string, Transport>();

  /** @throws MailError `configuration` */
  constructor(options: MailerOptions<string>) {
    this.#single = options.transport;
    this.#use = options.use;
    this.#factories = options.transports ?? {};
    if (this.#single !== undefined) {
      requireTransport(this.#single, "transport");
      return;
    }
    if (this.keys.length === 0)
      throw misconfigured(
        "transports",
        "is missing or empty",
        "Give { transport }, or { use, transports: { name: () => … } }.",
      );
    if (this.keys.includes("all"))
      throw misconfigured(
        "transports.all",
        "is a reserved name",
        'Choose another name; "all" stands for every transport.',
      );
    this.#factoryOf(this.#use, "use");
  }

  get keys(): readonly string[] {
    return Object.keys(this.#factories);
  }

  /** @throws MailError `configuration` for an unknown key, or what the transport's factory throws */
  choose(choice: string | Transport | undefined): ChosenTransport {
    if (typeof choice === "object") return chosen(requireTransport(choice, "transport"));
    if (choice === undefined && this.#single !== undefined) return chosen(this.#single);
    const key = choice ?? this.#use;
    const factory = this.#factoryOf(key, choice === undefined ? "use" : "transport");
    const transport = this.#built.get(key as string) ?? build(factory, key as string);
    this.#built.set(key as string, transport);
    return chosen(transport, key);
  }

  /** Every configured transport; one that cannot be built comes as its error. */
  all(): readonly (ChosenTransport | { readonly key: string; readonly error: MailError })[] {
    if (this.#single !== undefined) return [chosen(this.#single)];
    return this.keys.map((key) => {
      try {
        return this.choose(key);
      } catch (error) {
        return { key, error: toMailError(error) };
      }
    });
  }

  async close(): Promise<void> {
    await closeAll(this.#single === undefined ? [...this.#built.values()] : [this.#single]);
  }

  #factoryOf(key: string | undefined, field: string): () => Transport {
    const factory = key !== undefined && Object.hasOwn(this.#factories, key) ? this.#factories[key] : undefined;
    if (factory !== undefined) return factory;
    const names =
      this.keys.length === 0
        ? "There are none: the mailer has one ready transport."
        : `Configured: ${this.keys.join(", ")}.`;
    throw misconfigured(field, `names no configured transport: ${JSON.stringify(key)}`, names);
  }
}

function chosen(transport: Transport, key?: string): ChosenTransport {
  return { transport, key, label: labelOf(transport, key) };
}

/** Closes every transport, whatever the others do. @throws MailError the first that failed */
export async function closeAll(transports: readonly Transport[]): Promise<void> {
  const results = await Promise.allSettled(transports.map(async (transport) => transport.close?.()));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw amendError(toMailError(failed.reason), { delivery: "not_sent" });
}

function build(factory: () => Transport, key: string): Transport {
  if (typeof factory !== "function")
    throw misconfigured(
      `transports.${key}`,
      "is no function",
      `Write ${key}: () => smtp({ … }), so that it is built only when used.`,
    );
  return requireTransport(call(factory, key), `transports.${key}`);
}

function call(factory: () => Transport, key: string): unknown {
  try {
    return factory();
  } catch (cause) {
    if (MailError.is(cause)) throw cause;
    const field = `transports.${key}`;
    throw new MailError(`${field}: cannot be built: ${reasonOf(cause)}`, {
      code: "configuration",
      field,
      hint: "The function that makes this transport threw; nothing was sent.",
      cause,
    });
  }
}

/** @throws MailError `configuration` for what has no `send` or no `features` */
export function requireTransport(value: unknown, field: string): Transport {
  if (
    typeof value === "object" &&
    value !== null &&
    "send" in value &&
    typeof value.send === "function" &&
    "features" in value
  )
    return value as Transport;
  throw misconfigured(field, "is no transport", "Pass what smtp(), ses(), mock() and the like return.");
}
