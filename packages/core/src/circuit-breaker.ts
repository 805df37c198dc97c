import { deliver, labelOf } from "./deliver.ts";
import { deliverBatch } from "./deliver-batch.ts";
import type { MailErrorCode } from "./error-code.ts";
import { MailError, toMailError } from "./mail-error.ts";
import { notAsked, wasNotAsked } from "./not-asked.ts";
import { checkOptions, timeLimitRule } from "./option-rules.ts";
import type { Transport, TransportContext } from "./transport.ts";
import { wrapTransport } from "./wrap-transport.ts";

export interface CircuitBreakerOptions {
  /** Default: the inner transport's. */
  readonly label?: string | undefined;
  /** Failures in a row that open it. Default 5. */
  readonly failures?: number | undefined;
  /** How long it stays open before one mail may try again, in milliseconds. Default 30,000. */
  readonly resetMs?: number | undefined;
}

const rules = {
  label: { type: "string" },
  failures: { type: "integer", min: 1 },
  resetMs: timeLimitRule,
} as const;

/**
 * Failures of the other side. What the caller can mend (login, permission, options), what is about one mail, and limits,
 * which say themselves how long to wait, leave the breaker alone.
 */
const outages: ReadonlySet<MailErrorCode> = new Set(["dns", "connection", "timeout", "tls", "unavailable", "unknown"]);

/**
 * Stops asking a transport that fails again and again: it is `unavailable` at once, with scope `transport`, so that
 * failover passes on. After `resetMs` one mail tries it, and the others go on being refused until that one
 * has an answer, or has had none for another `resetMs`.
 * @throws MailError `configuration` for an unknown or wrong option
 */
export function circuitBreaker(transport: Transport, options: CircuitBreakerOptions = {}): Transport {
  checkOptions("circuitBreaker", options, rules);
  const breaker = new Breaker(options.failures ?? 5, options.resetMs ?? 30_000);
  return wrapTransport(transport, {
    label: options.label,
    async send(mail, context) {
      const probe = breaker.enter(transport, context);
      try {
        const receipt = await deliver(transport, mail, context, context.label);
        breaker.leave(probe);
        return receipt;
      } catch (thrown) {
        breaker.leave(probe, toMailError(thrown));
        throw thrown;
      }
    },
    async sendBatch(batch, context) {
      const probe = breaker.enter(transport, context);
      const outcomes = await deliverBatch(transport, batch, context, { key: context.label });
      const failures = outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error]));
      breaker.leave(probe, failures.length < outcomes.length ? undefined : (failures.find(isOutage) ?? failures[0]));
      return outcomes;
    },
  });
}

function isOutage({ code, scope }: MailError): boolean {
  return scope === "transport" && outages.has(code);
}

/** The one mail that finds out whether the transport is there again. */
interface Probe {
  readonly since: number;
}

class Breaker {
  readonly #failures: number;
  readonly #resetMs: number;
  #inARow = 0;
  /** `performance.now()` until which nobody may try; `undefined` where it is closed. */
  #openUntil: number | undefined;
  #probe: Probe | undefined;

  constructor(failures: number, resetMs: number) {
    this.#failures = failures;
    this.#resetMs = resetMs;
  }

  /**
   * @returns the probe that this mail is; `undefined` where it is closed
   * @throws MailError `unavailable` while it is open, and while another mail finds out
   */
  enter(transport: Transport, context: TransportContext): Probe | undefined {
    if (this.#openUntil === undefined) return undefined;
    const now = performance.now();
    // A mail that hangs finds out nothing, and must not keep it shut for good.
    const until = this.#probe === undefined ? this.#openUntil : this.#probe.since + this.#resetMs;
    if (until > now) throw refusal(labelOf(transport, context.label), until - now, this.#inARow);
    this.#probe = { since: now };
    return this.#probe;
  }

  leave(probe: Probe | undefined, failure?: MailError): void {
    const learnt = failure === undefined || !(wasNotAsked(failure) || failure.code === "aborted");
    const outage = failure !== undefined && isOutage(failure);
    if (probe !== undefined) {
      if (probe !== this.#probe) return;
      this.#probe = undefined;
      if (learnt) this.#set(outage ? Math.max(this.#failures, this.#inARow + 1) : 0);
    } else if (this.#openUntil === undefined && learnt) {
      // A transport that refuses a mail or its recipient is there; one that refuses a login may be.
      if (outage) this.#set(this.#inARow + 1);
      else if (failure?.scope !== "transport") this.#set(0);
    }
  }

  #set(inARow: number): void {
    this.#inARow = inARow;
    this.#openUntil = inARow < this.#failures ? undefined : performance.now() + this.#resetMs;
  }
}

function refusal(transport: string, leftMs: number, inARow: number): MailError {
  const error = new MailError(`The circuit breaker of ${transport} is open.`, {
    code: "unavailable",
    retryAfterMs: Math.ceil(leftMs),
    hint: `It failed ${inARow} times in a row and is not asked until resetMs have passed; see the errors before.`,
  });
  return notAsked(error, transport, { at: new Date(), durationMs: 0 });
}
