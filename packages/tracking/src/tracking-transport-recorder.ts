import {
  abortError,
  deadline,
  type Logger,
  MailError,
  type MailEvent,
  type Receipt,
  type TrackedMail,
  type TrackingStore,
  type TransportContext,
  untilAborted,
} from "@mail/core";
import type { EventIntake } from "./event-intake.ts";
import type { InFlight } from "./in-flight.ts";
import { duplicateEvents, errorEvents, receiptEvents } from "./tracking-transport-events.ts";
import { withReceipt } from "./tracking-transport-mail.ts";

interface RecorderParts {
  readonly tracking: TrackingStore;
  readonly intake: EventIntake;
  readonly inFlight: InFlight;
  readonly onUnrecorded: "send" | "fail";
  /** Absent: that of the send. */
  readonly log: Logger | undefined;
}

/** What became of a mail. */
export type SendResult = {
  readonly record: TrackedMail;
  /** It was recorded before it was sent. */
  readonly recorded: boolean;
} & ({ readonly receipt: Receipt } | { readonly error: MailError });

/** How long a mail waits for the store before it is sent, and how long its receipt waits afterwards. */
const storeTimeMs = 2_000;

/** Writes down what is sent. What the store does after it was given up on still counts. */
export class MailRecorder {
  readonly #parts: RecorderParts;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /**
   * @returns whether the mails were recorded
   * @throws MailError `unavailable` where they were not and must be; `aborted` or `timeout` where the send is over
   */
  async before(records: readonly TrackedMail[], context: TransportContext): Promise<boolean> {
    const { tracking, inFlight, onUnrecorded } = this.#parts;
    try {
      await inTime(inFlight.track(tracking.recordMails(records)), context.signal);
      return true;
    } catch (cause) {
      if (context.signal.aborted) throw abortError(context.signal);
      if (onUnrecorded === "fail") throw unrecorded(cause);
      this.#warn(context, records, cause, "Mails are sent that could not be recorded before");
      return false;
    }
  }

  /** Never throws: what was sent was sent. */
  async after(results: readonly SendResult[], context: TransportContext): Promise<void> {
    const records = results.map(({ record }) => record);
    const work = this.#record(results).catch((cause: unknown) => {
      this.#warn(context, records, cause, "What became of mails could not be recorded");
    });
    await inTime(this.#parts.inFlight.track(work)).catch(() => undefined);
  }

  async #record(results: readonly SendResult[]): Promise<void> {
    const { tracking, intake } = this.#parts;
    const records: TrackedMail[] = [];
    const events: MailEvent[] = [];
    for (const result of results) {
      const told = tellOf(result);
      if (told.record !== result.record || !result.recorded) records.push(told.record);
      events.push(...told.events);
    }
    if (records.length > 0) await tracking.recordMails(records);
    for (const { record, recorded } of results) if (!recorded) await intake.recorded(record.id);
    await intake.add(events);
  }

  #warn(context: TransportContext, records: readonly TrackedMail[], cause: unknown, message: string): void {
    const log = this.#parts.log ?? context.log;
    log.warn({ mailIds: records.map(({ id }) => id), reason: reasonOf(cause) }, message);
  }
}

/** What there is to record of a mail now. */
function tellOf(result: SendResult): { readonly record: TrackedMail; readonly events: readonly MailEvent[] } {
  const { record } = result;
  if ("error" in result) return { record, events: errorEvents(record, result.error) };
  const { receipt } = result;
  // The mail that was sent is another one, which was recorded by itself.
  if (receipt.id !== record.id) return { record, events: duplicateEvents(record, receipt) };
  const complete = withReceipt(record, receipt);
  return { record: complete, events: receiptEvents(complete, receipt) };
}

async function inTime<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  using limit = deadline(signal, storeTimeMs);
  try {
    return await untilAborted(work, limit.signal);
  } catch (cause) {
    if (!limit.signal.aborted) throw cause;
    throw new MailError(`The store did not answer within ${storeTimeMs} ms`, { code: "timeout", cause });
  }
}

function unrecorded(cause: unknown): MailError {
  return new MailError(`The mail could not be recorded: ${reasonOf(cause)}`, {
    code: "unavailable",
    // No other transport would help.
    scope: "message",
    hint: 'Nothing was sent. See that the tracker\'s store is there, or let mails go with onUnrecorded: "send".',
    cause,
  });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
