import { AccountRate } from "./account-rate.ts";
import type { BatchOutcome, BatchRequest } from "./batch.ts";
import { misconfigured } from "./configuration-error.ts";
import { deliver, labelOf } from "./deliver.ts";
import { deliverBatch } from "./deliver-batch.ts";
import { LimitQueue } from "./limit-queue.ts";
import { quietly } from "./logger.ts";
import { MailError, toMailError, unsentError } from "./mail-error.ts";
import { memoryStore } from "./memory-store.ts";
import { gaveUpWaiting, notAsked, wasNotAsked } from "./not-asked.ts";
import { checkOptions, timeLimitRule } from "./option-rules.ts";
import type { PreparedMessage } from "./prepared-message.ts";
import { type LimitBy, type LimitCounts, limitCounts, planLimits } from "./rate-limit-keys.ts";
import type { Receipt } from "./receipt.ts";
import type { RateLimit, Store } from "./store.ts";
import { tell } from "./tell.ts";
import type { Transport, TransportContext } from "./transport.ts";
import { requireTransport } from "./transport-registry.ts";
import { reasonOf } from "./value-text.ts";
import { wrapTransport } from "./wrap-transport.ts";

export interface RateLimitOptions {
  /** Default: the inner transport's. */
  readonly label?: string | undefined;
  /** Mails in any interval of `perMs`. Default: the account's own rate, where the provider tells it (Amazon SES). */
  readonly max?: number | undefined;
  /** Length of the interval in milliseconds. Default 1,000. */
  readonly perMs?: number | undefined;
  /** What has a limit of its own. Default: one limit for all mails. */
  readonly by?: LimitBy | undefined;
  /** What counts. Default `"mails"`; an account's own rate counts recipients. */
  readonly count?: "mails" | "recipients" | undefined;
  /** Longest wait in milliseconds; beyond it the mail fails with `rate_limited`, so that failover passes on. Default: none. */
  readonly maxWaitMs?: number | undefined;
  /** Where places are counted: shared by all processes with the same store. Default: this process's memory. */
  readonly store?: Pick<Store, "limits"> | undefined;
  /** Name of the limit in the store. Default: the transport's label. */
  readonly key?: string | undefined;
}

const rules = {
  label: { type: "string" },
  max: { type: "integer", min: 1 },
  perMs: timeLimitRule,
  by: { type: ["string", "function"], oneOf: ["domain", "recipient", "sender"] },
  count: { type: "string", oneOf: ["mails", "recipients"] },
  maxWaitMs: { ...timeLimitRule, min: 0 },
  store: { type: "object" },
  key: { type: "string" },
} as const;

/**
 * Lets no more than `max` mails through in any interval of `perMs`; the others wait in turn. Where the provider asks for
 * a pause, all wait. A mail with more recipients than `max` takes all places.
 * @throws MailError `configuration` for an unknown or wrong option
 */
export function rateLimit(transport: Transport, options: RateLimitOptions = {}): Transport {
  checkOptions("rateLimit", options, rules);
  if (options.max === undefined && options.perMs !== undefined)
    throw misconfigured("max", "is missing", "Give how many mails may go in `perMs`, or leave out both.");
  if (options.store !== undefined && typeof options.store.limits?.take !== "function")
    throw misconfigured("store", "has no limits", "Pass memoryStore(), or a store from @mail/store.");
  const limiter = new Limiter(requireTransport(transport, "transport"), options);
  return wrapTransport(transport, {
    label: options.label,
    send: (mail, context) => limiter.send(mail, context),
    sendBatch: (batch, context) => limiter.sendBatch(batch, context),
  });
}

class Limiter {
  readonly #transport: Transport;
  readonly #options: RateLimitOptions;
  readonly #limits: Store["limits"];
  readonly #accountRate: AccountRate | undefined;
  readonly #queues = new Map<string, LimitQueue>();

  constructor(transport: Transport, options: RateLimitOptions) {
    this.#transport = transport;
    this.#options = options;
    this.#limits = (options.store ?? memoryStore()).limits;
    this.#accountRate = options.max === undefined ? new AccountRate(transport) : undefined;
  }

  async send(mail: PreparedMessage, context: TransportContext): Promise<Receipt> {
    const limit = await this.#limit(context);
    const counts = limitCounts(mail, this.#options.by, this.#countsRecipients);
    await this.#take([mail.id], counts, limit, context);
    try {
      return await deliver(this.#transport, mail, context, context.label);
    } catch (thrown) {
      const error = toMailError(thrown);
      await this.#pauseAfter(error, counts, limit, context);
      throw error;
    }
  }

  async sendBatch({ mail, recipients }: BatchRequest, context: TransportContext): Promise<readonly BatchOutcome[]> {
    const limit = await this.#limit(context);
    const { chunks, refused } = planLimits(mail, recipients, this.#options.by, limit.max);
    const outcomes: BatchOutcome[] = refused.map(({ id, error }) => ({ id, ok: false, error }));
    for (const chunk of chunks) {
      const ids = chunk.recipients.map(({ id }) => id);
      try {
        await this.#take(ids, chunk.counts, limit, context);
      } catch (thrown) {
        const error = unsentError(thrown);
        outcomes.push(...ids.map((id) => ({ id, ok: false as const, error })));
        continue;
      }
      const request = { mail, recipients: chunk.recipients };
      const delivered = await deliverBatch(this.#transport, request, context, { key: context.label });
      outcomes.push(...delivered);
      const slowDown = delivered.find((outcome) => !outcome.ok && pauseMs(outcome.error, limit) > 0);
      if (slowDown !== undefined && !slowDown.ok) await this.#pauseAfter(slowDown.error, chunk.counts, limit, context);
    }
    return outcomes;
  }

  get #countsRecipients(): boolean {
    return (this.#options.count ?? (this.#accountRate === undefined ? "mails" : "recipients")) === "recipients";
  }

  async #limit(context: TransportContext): Promise<RateLimit> {
    const { max, perMs = 1_000 } = this.#options;
    return max === undefined ? await (this.#accountRate as AccountRate).get(context) : { max, perMs };
  }

  async #take(ids: readonly string[], counts: LimitCounts, limit: RateLimit, context: TransportContext): Promise<void> {
    const transport = labelOf(this.#transport, context.label);
    const at = new Date();
    const start = performance.now();
    const endAt = start + (this.#options.maxWaitMs ?? Number.POSITIVE_INFINITY);
    let told = false;
    const onWait = (waitMs: number): void => {
      if (!told) for (const id of ids) tell(context, "throttled", { id, transport, waitMs });
      told = true;
    };
    const tooLong = (waitMs: number): MailError =>
      new MailError(`The rate limit of ${transport} is used up.`, {
        code: "rate_limited",
        retryAfterMs: Math.ceil(waitMs),
        hint: `It lets ${limit.max} through in ${limit.perMs} ms, and a place comes later than maxWaitMs allows.`,
      });
    for (const [name, count] of counts) {
      const key = this.#storeKey(name, context);
      const queue = this.#queues.get(key) ?? new LimitQueue(this.#limits, key);
      this.#queues.set(key, queue);
      const places = { limit, count: Math.min(count, limit.max), signal: context.signal, endAt, onWait, tooLong };
      try {
        await queue.take(places);
      } catch (thrown) {
        const full = MailError.is(thrown) && thrown.code === "rate_limited";
        if (!full && !gaveUpWaiting(thrown, context.signal)) throw thrown;
        // So that neither a group nor a breaker takes it for the transport's fault.
        throw notAsked(thrown, transport, { at, durationMs: performance.now() - start });
      } finally {
        if (queue.isIdle) this.#queues.delete(key);
      }
    }
  }

  /** Where the provider says that it is too much, nobody goes on before it says so. */
  async #pauseAfter(error: MailError, counts: LimitCounts, limit: RateLimit, context: TransportContext): Promise<void> {
    const ms = pauseMs(error, limit);
    if (ms === 0) return;
    try {
      await Promise.all([...counts.keys()].map((name) => this.#limits.pause(this.#storeKey(name, context), ms)));
    } catch (thrown) {
      const reason = reasonOf(thrown);
      quietly(() => context.log.warn({ reason }, "The pause that the provider asked for was not recorded"));
    }
  }

  #storeKey(name: string, { label }: TransportContext): string {
    const { key = this.#options.label ?? labelOf(this.#transport, label) } = this.#options;
    return name === "" ? key : `${key}:${name}`;
  }
}

/** A quota that is used up for hours, or a breaker that is open, is an error to pass on, and none to wait for. */
function pauseMs(error: MailError, { perMs }: RateLimit): number {
  const { code, scope, retryAfterMs } = error;
  if (scope !== "transport" || code === "quota_exceeded" || wasNotAsked(error)) return 0;
  return retryAfterMs ?? (code === "rate_limited" ? perMs : 0);
}
