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
  type ReceiptJson,
  type RejectedRecipient,
  receiptFromJson,
  receiptToJson,
  type Suppressions,
  type Transport,
  toMailError,
  untilAborted,
  withoutSuppressed,
} from "@mail/core";
import type { Settlement, TakenJob } from "./job.ts";
import type { PayloadCodec } from "./payload/payload-codec.ts";
import type { QueueEvents } from "./queue-events.ts";
import { errorToRecord, newRecord, type QueueRecord, readRecord, recordToText, withReceipt } from "./queue-record.ts";
import type { QueueRetry } from "./queue-retry.ts";
import type { SetupFaults } from "./setup-faults.ts";

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
  readonly faults: SetupFaults;
  /** Stops the queue, in all processes, because every mail would fail like this one. */
  readonly pause: (error: MailError) => Promise<void>;
}

/** Sends one mail that a worker holds. @returns what becomes of it; never rejects */
export async function sendJob(job: TakenJob, options: SendJobOptions): Promise<Settlement> {
  const run = new JobRun(job, options);
  try {
    return await run.run();
  } catch (thrown) {
    // The transport answered with what cannot be written down.
    return run.unknown(toMailError(thrown));
  }
}

class JobRun {
  readonly #job: TakenJob;
  readonly #options: SendJobOptions;
  readonly #label: string;
  readonly #start = performance.now();
  readonly #doubt: string | undefined;
  #record: QueueRecord;
  #mail: PreparedMessage | undefined;

  constructor(job: TakenJob, options: SendJobOptions) {
    this.#job = job;
    this.#options = options;
    this.#label = labelOf(options.transport);
    const record = readRecord(job.record);
    this.#doubt = doubtOf(job, record);
    this.#record = record ?? newRecord([]);
  }

  async run(): Promise<Settlement> {
    try {
      const inDoubt = this.#doubt === undefined ? undefined : this.#afterDoubt(this.#doubt);
      return inDoubt ?? (await this.#send());
    } catch (thrown) {
      return await this.#failed(toMailError(thrown));
    }
  }

  /** An earlier try may have gone out. */
  #afterDoubt(doubt: string): Settlement | undefined {
    const error = new MailError(doubt, {
      code: "unknown",
      delivery: "unknown",
      transport: this.#label,
      hint: 'Look the mail up at the provider; then settle(id, "sent") or replay(id).',
    });
    const lost = { transport: this.#label, at: Date.now(), durationMs: 0, error: mailErrorToJson(error) };
    this.#record = { ...this.#record, attempts: [...this.#record.attempts, lost], failures: this.#record.failures + 1 };
    if (this.#options.onUnknown === "hold") return this.unknown(error);
    const delayMs = this.#delayAfter(error);
    return delayMs === undefined ? this.unknown(error) : undefined;
  }

  async #send(): Promise<Settlement> {
    const { codec, transport, suppressions, onUnsupported, log, events, signal, faults } = this.#options;
    const { id, payload } = this.#job;
    if (signal.aborted) return this.#giveBack();
    this.#record = { ...this.#record, firstTryAt: this.#record.firstTryAt ?? Date.now() };
    this.#mail = this.#stillPending(await codec.decode(id, payload));
    const { mail, suppressed } = await untilAborted(withoutSuppressed(this.#mail, suppressions), signal);
    events.emit("sending", { id, transport: this.#label });
    const emit: EmitDelivery = (name, event) => events.emit(name, event as never);
    const receipt = await deliver(transport, mail, { signal, log, onUnsupported, emit });
    faults.passed();
    return this.#sent(receipt, suppressed);
  }

  #stillPending(mail: PreparedMessage): PreparedMessage {
    const { pending } = this.#record;
    return pending === undefined ? mail : narrowEnvelope(mail, pending);
  }

  /** Somebody has it. Those who were put off are tried again; for the others it is done. */
  #sent(receipt: Receipt, suppressed: readonly RejectedRecipient[]): Settlement {
    const later = receipt.rejected.filter(({ error }) => this.#mayTryAgain(error));
    const failures = this.#record.failures + 1;
    const [first] = later;
    const delayMs = first === undefined ? undefined : this.#delayAfter(longestWait(later), failures);
    const again = delayMs === undefined ? [] : later;
    const forGood = [...suppressed, ...receipt.rejected].filter((recipient) => !again.includes(recipient));
    const progress = withReceipt(this.#record, receipt, forGood);
    if (delayMs !== undefined && first !== undefined) {
      this.#record = {
        ...progress,
        failures,
        pending: again.map(({ address }) => address),
        receipt: receiptToJson(receipt),
      };
      return this.#tryAgain(first.error, delayMs);
    }
    this.#record = progress;
    const { accepted, rejected, attempts } = progress;
    const [refused] = forGood;
    if (accepted.length === 0 && refused !== undefined) return this.#dead(refused.error);
    return this.#done({ ...receiptToJson(receipt), id: this.#job.id, accepted, rejected, attempts }, receipt.raw);
  }

  /** Nobody is to be tried any more, and somebody has it. */
  #done(json: ReceiptJson, raw?: unknown): Settlement {
    const { blobs } = this.#record;
    this.#record = { ...this.#record, receipt: json };
    const durationMs = performance.now() - this.#start;
    return this.#settle("sent", () => {
      const { codec, events } = this.#options;
      const { id } = this.#job;
      const receipt = { ...receiptFromJson(json), ...(raw !== undefined && { raw }) };
      events.emit("sent", { id, transport: json.transport, durationMs, receipt });
      codec.forget(blobs).catch((error: MailError) => events.emit("error", { error }));
    });
  }

  async #failed(error: MailError): Promise<Settlement> {
    const { signal, pause, faults } = this.#options;
    if (error.delivery !== "unknown") {
      if (signal.aborted && (error.code === "aborted" || error.code === "timeout")) return this.#giveBack();
      const judged = faults.judge(error, this.#mail);
      if (judged === "pause") {
        await pause(error);
        return this.#giveBack(error);
      }
      if (judged === "later") return this.#again(error) ?? this.#dead(error);
    }
    const again = this.#mayTryAgain(error) ? this.#again(error) : this.#count(error);
    return again ?? (error.delivery === "unknown" ? this.unknown(error) : this.#dead(error));
  }

  /** Whether it may be sent again, as far as the error goes. */
  #mayTryAgain({ retryable, delivery, code }: MailError): boolean {
    if (delivery === "not_sent") return retryable;
    const { onUnknown, signal } = this.#options;
    return onUnknown === "retry" && (retryable || code === "unknown") && !signal.aborted;
  }

  /** A try that failed goes into the record. */
  #count(error: MailError): undefined {
    const { attempts, failures } = this.#record;
    const all = [...attempts, ...attemptsToJson(error.attempts)];
    this.#record = { ...this.#record, attempts: all, failures: failures + 1 };
  }

  /** Another try by the schedule; `undefined` where there is none. */
  #again(error: MailError): Settlement | undefined {
    this.#count(error);
    const delayMs = this.#delayAfter(error);
    return delayMs === undefined ? undefined : this.#tryAgain(error, delayMs);
  }

  #delayAfter(error: Pick<MailError, "retryAfterMs">, failures: number = this.#record.failures): number | undefined {
    return this.#options.retry.delayAfter(error, failures, Date.now() - (this.#record.firstTryAt ?? Date.now()));
  }

  #tryAgain(error: MailError, delayMs: number): Settlement {
    const { id } = this.#job;
    const { failures: attempt } = this.#record;
    const durationMs = performance.now() - this.#start;
    const transport = error.transport ?? this.#label;
    this.#record = { ...this.#record, error: errorToRecord(error) };
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
    const { firstTryAt, ...rest } = this.#record;
    // The time of a pause is not taken from the tries to come.
    const began = rest.failures > 0 && firstTryAt !== undefined ? { firstTryAt } : {};
    this.#record = { ...rest, ...began, ...(error !== undefined && { error: errorToRecord(error) }) };
    return { state: "queued", dueAt: Date.now(), isTry: false, record: recordToText(this.#record) };
  }

  /** Nobody is tried any more. Where some have it, it counts as sent, and the receipt says who was refused. */
  #dead(given: MailError): Settlement {
    const { accepted = [], attempts, receipt, pending = [], rejected = [] } = this.#record;
    if (accepted.length > 0 && receipt !== undefined) {
      const refused = pending.map((address) => ({ address, error: errorToRecord(given) }));
      return this.#done({ ...receipt, accepted, rejected: [...rejected, ...refused], attempts });
    }
    const unsure = attempts.some(({ error }) => error?.delivery === "unknown");
    const error = unsure ? amendError(given, { delivery: "unknown" }) : given;
    this.#record = { ...this.#record, error: errorToRecord(error) };
    return this.#settle("dead", () => this.#options.events.emit("dead", { id: this.#job.id, error }));
  }

  unknown(error: MailError): Settlement {
    this.#record = { ...this.#record, error: errorToRecord(error) };
    return this.#settle("unknown", () => this.#options.events.emit("unknown", { id: this.#job.id, error }));
  }

  #settle(state: "sent" | "dead" | "unknown", recorded: () => void): Settlement {
    return { state, record: recordToText(this.#record), recorded };
  }
}

/** Why an earlier try may have gone out that the record does not tell of. */
function doubtOf({ interrupted, tries }: TakenJob, record: QueueRecord | undefined): string | undefined {
  if (interrupted) return "A worker ended while it was sending this mail.";
  const isKnown = record !== undefined || tries <= 1;
  return isKnown ? undefined : "What became of this mail before cannot be read.";
}

function longestWait(others: readonly RejectedRecipient[]): Pick<MailError, "retryAfterMs"> {
  return { retryAfterMs: Math.max(...others.map(({ error }) => error.retryAfterMs ?? 0)) };
}
