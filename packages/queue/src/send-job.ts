import {
  amendError,
  attemptsToJson,
  deliver,
  type EmitDelivery,
  type Emitter,
  type Logger,
  labelOf,
  MailError,
  mailErrorToJson,
  narrowEnvelope,
  type OnUnsupported,
  type PreparedMessage,
  type Receipt,
  type RejectedRecipient,
  receiptToJson,
  type Suppressions,
  type Transport,
  toMailError,
  withoutSuppressed,
} from "@mail/core";
import type { Settlement, TakenJob } from "./job.ts";
import type { PayloadCodec } from "./payload/payload-codec.ts";
import type { QueueEvents } from "./queue-events.ts";
import { type QueueRecord, recordFromText, recordToText } from "./queue-record.ts";
import type { QueueRetry } from "./queue-retry.ts";

export interface SendJobOptions {
  readonly codec: PayloadCodec;
  readonly transport: Transport;
  readonly retry: QueueRetry;
  readonly onUnknown: "hold" | "retry";
  readonly suppressions: Suppressions | undefined;
  readonly onUnsupported: OnUnsupported | undefined;
  readonly log: Logger;
  readonly events: Emitter<QueueEvents>;
  readonly signal: AbortSignal;
  /** Stops the queue, in all processes, because every mail would fail like this one. */
  readonly pause: (error: MailError) => Promise<void>;
}

/** Errors that every mail would meet until somebody mends the setup. */
const pausing: ReadonlySet<string> = new Set(["authentication", "configuration"]);

/** Sends one mail that a worker holds. @returns what becomes of it; never rejects */
export async function sendJob(job: TakenJob, options: SendJobOptions): Promise<Settlement> {
  return await new JobRun(job, options).run();
}

class JobRun {
  readonly #job: TakenJob;
  readonly #options: SendJobOptions;
  readonly #label: string;
  readonly #start = performance.now();
  #record: QueueRecord;

  constructor(job: TakenJob, options: SendJobOptions) {
    this.#job = job;
    this.#options = options;
    this.#label = labelOf(options.transport);
    this.#record = recordFromText(job.record);
  }

  async run(): Promise<Settlement> {
    try {
      const cutOff = this.#job.interrupted ? this.#afterCrash() : undefined;
      return cutOff ?? (await this.#send());
    } catch (thrown) {
      return await this.#failed(toMailError(thrown));
    }
  }

  /** An earlier try was cut off: the mail may have gone out. */
  #afterCrash(): Settlement | undefined {
    const error = new MailError("A worker ended while it was sending this mail.", {
      code: "unknown",
      delivery: "unknown",
      transport: this.#label,
      hint: 'Look the mail up at the provider; then settle(id, "sent") or replay(id).',
    });
    const lost = { transport: this.#label, at: Date.now(), durationMs: 0, error: mailErrorToJson(error) };
    this.#record = { ...this.#record, attempts: [...this.#record.attempts, lost], failures: this.#record.failures + 1 };
    if (this.#options.onUnknown === "hold") return this.#unknown(error);
    const delayMs = this.#delayAfter(error);
    return delayMs === undefined ? this.#unknown(error) : undefined;
  }

  async #send(): Promise<Settlement> {
    const { codec, transport, suppressions, onUnsupported, log, events, signal } = this.#options;
    const { id } = this.#job;
    if (signal.aborted) return this.#giveBack();
    this.#record = { ...this.#record, firstTryAt: this.#record.firstTryAt ?? Date.now() };
    const whole = await this.#decode(codec);
    const { mail, suppressed } = await withoutSuppressed(this.#stillPending(whole), suppressions);
    events.emit("sending", { id, transport: this.#label });
    const emit: EmitDelivery = (name, event) => events.emit(name, event as never);
    const receipt = await deliver(transport, mail, { signal, log, onUnsupported, emit });
    return this.#sent(receipt, suppressed);
  }

  async #decode(codec: PayloadCodec): Promise<PreparedMessage> {
    return await codec.decode(this.#job.id, this.#job.payload);
  }

  #stillPending(mail: PreparedMessage): PreparedMessage {
    const { pending } = this.#record;
    return pending === undefined ? mail : narrowEnvelope(mail, pending);
  }

  /** Somebody has it. Those who were put off are tried again; for the others it is done. */
  #sent(receipt: Receipt, suppressed: readonly RejectedRecipient[]): Settlement {
    const before = this.#record;
    const accepted = [...(before.accepted ?? []), ...receipt.accepted];
    const later = receipt.rejected.filter(({ error }) => error.retryable && error.delivery === "not_sent");
    const failures = before.failures + 1;
    const [first] = later;
    const delayMs = first === undefined ? undefined : this.#delayAfter(longestWait(first.error, later), failures);
    const again = delayMs === undefined ? [] : later;
    const forGood = [...suppressed, ...receipt.rejected].filter((recipient) => !again.includes(recipient));
    const rejected = [
      ...(before.rejected ?? []),
      ...forGood.map(({ address, error }) => ({ address, error: mailErrorToJson(error) })),
    ];
    const attempts = [...before.attempts, ...attemptsToJson(receipt.attempts)];
    const { pending: _, ...rest } = before;
    const progress = { ...rest, attempts, accepted, rejected };
    if (delayMs !== undefined && first !== undefined) {
      this.#record = {
        ...progress,
        failures,
        pending: again.map(({ address }) => address),
        receipt: receiptToJson(receipt),
      };
      return this.#tryAgain(first.error, delayMs);
    }
    const whole: Receipt = { ...receipt, id: this.#job.id, accepted };
    this.#record = { ...progress, receipt: { ...receiptToJson(whole), rejected, attempts } };
    const durationMs = performance.now() - this.#start;
    return this.#settle("sent", () => {
      this.#options.events.emit("sent", { id: this.#job.id, transport: receipt.transport, durationMs, receipt: whole });
      void this.#options.codec
        .forget(before.blobs)
        .catch((error: MailError) => this.#options.events.emit("error", { error }));
    });
  }

  async #failed(error: MailError): Promise<Settlement> {
    const { signal, onUnknown, pause } = this.#options;
    const attempts = [...this.#record.attempts, ...attemptsToJson(error.attempts)];
    if (error.delivery === "unknown") {
      this.#record = { ...this.#record, attempts, failures: this.#record.failures + 1 };
      const mayRetry = onUnknown === "retry" && (error.retryable || error.code === "unknown") && !signal.aborted;
      const delayMs = mayRetry ? this.#delayAfter(error) : undefined;
      return delayMs === undefined ? this.#unknown(error) : this.#tryAgain(error, delayMs);
    }
    if (signal.aborted && (error.code === "aborted" || error.code === "timeout")) return this.#giveBack();
    if (pausing.has(error.code) && error.scope === "transport") {
      await pause(error);
      return this.#giveBack(error);
    }
    this.#record = { ...this.#record, attempts, failures: this.#record.failures + 1 };
    const delayMs = error.retryable ? this.#delayAfter(error) : undefined;
    return delayMs === undefined ? this.#dead(error) : this.#tryAgain(error, delayMs);
  }

  #delayAfter(error: Pick<MailError, "retryAfterMs">, failures: number = this.#record.failures): number | undefined {
    return this.#options.retry.delayAfter(error, failures, Date.now() - (this.#record.firstTryAt ?? Date.now()));
  }

  #tryAgain(error: MailError, delayMs: number): Settlement {
    const { id } = this.#job;
    const { failures: attempt } = this.#record;
    const durationMs = performance.now() - this.#start;
    const transport = error.transport ?? this.#label;
    this.#record = { ...this.#record, error: summary(error) };
    return {
      state: "queued",
      dueAt: Date.now() + delayMs,
      isTry: true,
      record: recordToText(this.#record),
      recorded: () => this.#options.events.emit("retrying", { id, transport, attempt, delayMs, durationMs, error }),
    };
  }

  /** Back to where it was, by nobody's fault. */
  #giveBack(error?: MailError): Settlement {
    if (error !== undefined) this.#record = { ...this.#record, error: summary(error) };
    return { state: "queued", dueAt: Date.now(), isTry: false, record: recordToText(this.#record) };
  }

  /** Nobody is tried any more. Where some have it, it counts as sent, and the receipt says who was refused. */
  #dead(given: MailError): Settlement {
    const { accepted = [], attempts, receipt, pending = [], rejected = [] } = this.#record;
    if (accepted.length > 0 && receipt !== undefined) {
      const refused = pending.map((address) => ({ address, error: summary(given) }));
      const all = [...rejected, ...refused];
      this.#record = { ...this.#record, rejected: all, receipt: { ...receipt, accepted, rejected: all, attempts } };
      return this.#settle("sent", () => undefined);
    }
    const unsure = attempts.some(({ error }) => error?.delivery === "unknown");
    const error = unsure ? amendError(given, { delivery: "unknown" }) : given;
    this.#record = { ...this.#record, error: summary(error) };
    return this.#settle("dead", () => this.#options.events.emit("dead", { id: this.#job.id, error }));
  }

  #unknown(error: MailError): Settlement {
    this.#record = { ...this.#record, error: summary(error) };
    return this.#settle("unknown", () => this.#options.events.emit("unknown", { id: this.#job.id, error }));
  }

  #settle(state: "sent" | "dead" | "unknown", recorded: () => void): Settlement {
    return { state, record: recordToText(this.#record), recorded };
  }
}

function longestWait(first: MailError, others: readonly RejectedRecipient[]): Pick<MailError, "retryAfterMs"> {
  const retryAfterMs = Math.max(...others.map(({ error }) => error.retryAfterMs ?? 0));
  return retryAfterMs > 0 ? { retryAfterMs } : first;
}

/** Without its attempts, which the record lists already. */
function summary(error: MailError): ReturnType<typeof mailErrorToJson> {
  const { attempts: _, ...rest } = mailErrorToJson(error);
  return rest;
}
