import dns from "node:dns";

type Failure = "ENOTFOUND" | "EAI_AGAIN";
type Callback = (error: Error | null, ...answer: unknown[]) => void;

/**
 * Names under .invalid, answered within the process. Any other name but loopback's is refused, so that no question
 * leaves the machine.
 */
export class InventedNames implements Disposable {
  readonly #failures = new Map<string, Failure>();
  readonly #lookup = dns.lookup;
  readonly #resolve4 = dns.Resolver.prototype.resolve4;
  readonly #resolve6 = dns.Resolver.prototype.resolve6;
  #count = 0;

  constructor() {
    const answer = this.#answer.bind(this);
    const lookup = this.#lookup as (...args: unknown[]) => void;
    dns.lookup = ((name: string, ...rest: unknown[]) => {
      const callback = rest.at(-1) as Callback;
      if (!name.endsWith(".invalid")) {
        if (/^[\d.:]+$|^localhost$/.test(name)) return lookup(name, ...rest);
        throw new Error(`${name} would be looked up outside this machine`);
      }
      const { all = false } = Object(rest[0]) as { all?: boolean };
      const addresses = [{ address: "127.0.0.1", family: 4 }];
      answer(name, callback, ...(all ? [addresses] : ["127.0.0.1", 4]));
    }) as typeof dns.lookup;
    const resolve = (addresses: readonly string[]) =>
      ((name: string, ...rest: unknown[]) => {
        if (!name.endsWith(".invalid")) throw new Error(`${name} would be resolved outside this machine`);
        answer(name, rest.at(-1) as Callback, addresses);
      }) as typeof dns.Resolver.prototype.resolve4;
    dns.Resolver.prototype.resolve4 = resolve(["127.0.0.1"]);
    dns.Resolver.prototype.resolve6 = resolve([]) as typeof dns.Resolver.prototype.resolve6;
  }

  /** A new name that leads to loopback. */
  invent(): string {
    return `host-${++this.#count}.invalid`;
  }

  /** From now on the name is answered so. */
  set(name: string, failure: Failure | undefined): void {
    if (failure === undefined) this.#failures.delete(name);
    else this.#failures.set(name, failure);
  }

  #answer(name: string, callback: Callback, ...answer: unknown[]): void {
    const code = this.#failures.get(name);
    if (code === undefined) process.nextTick(callback, null, ...answer);
    else process.nextTick(callback, Object.assign(new Error(`getaddrinfo ${code} ${name}`), { code }));
  }

  [Symbol.dispose](): void {
    dns.lookup = this.#lookup;
    dns.Resolver.prototype.resolve4 = this.#resolve4;
    dns.Resolver.prototype.resolve6 = this.#resolve6;
  }
}
