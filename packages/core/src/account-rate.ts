import { untilAborted } from "./abort.ts";
import { misconfigured } from "./configuration-error.ts";
import { quietly } from "./logger.ts";
import { amendError, toMailError } from "./mail-error.ts";
import type { SendRate, Transport, TransportContext } from "./transport.ts";

/** Asked again after an hour: providers raise it as an account's reputation grows. */
const freshForMs = 3_600_000;
const askWithinMs = 30_000;

/** How much an account may send, asked of the provider once an hour. */
export class AccountRate {
  readonly #transport: Transport;
  #known: SendRate | undefined;
  #askedAt = 0;
  #asking: Promise<SendRate> | undefined;

  /** @throws MailError `configuration` where the provider does not tell */
  constructor(transport: Transport) {
    this.#transport = transport;
    if (transport.sendRate !== undefined) return;
    throw misconfigured(
      "max",
      `is missing, and ${transport.name} does not tell the account's rate`,
      "Give `max` and `perMs`.",
    );
  }

  /**
   * The rate as it is known; where that is old, it is asked anew meanwhile.
   * @throws MailError where it was never known and cannot be asked
   */
  async get(context: TransportContext): Promise<SendRate> {
    const isFresh = performance.now() - this.#askedAt < freshForMs;
    if (this.#known !== undefined && isFresh) return this.#known;
    this.#asking ??= this.#ask(context).finally(() => {
      this.#asking = undefined;
    });
    return this.#known ?? (await untilAborted(this.#asking, context.signal));
  }

  /** For all who wait, so that it does not end with one of them. */
  async #ask(context: TransportContext): Promise<SendRate> {
    try {
      const signal = AbortSignal.timeout(askWithinMs);
      const rate = await this.#transport.sendRate?.({ ...context, signal });
      this.#known = rate;
      this.#askedAt = performance.now();
      return rate as SendRate;
    } catch (thrown) {
      const error = amendError(toMailError(thrown), { delivery: "not_sent" });
      if (this.#known === undefined) throw error;
      const fields = { transport: this.#transport.name, code: error.code };
      quietly(() => context.log.warn(fields, "The account's rate could not be asked again"));
      this.#askedAt = performance.now();
      return this.#known;
    }
  }
}
