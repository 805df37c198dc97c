import { InputGate } from "./input-gate.ts";
import type { MailError } from "./mail-error.ts";
import type { Receipt } from "./receipt.ts";
import { RunPosition } from "./run-position.ts";
import { runUnits } from "./run-units.ts";
import { listenForAbort } from "./shared-signals.ts";

/** What became of one item, by its place in the input. */
export type SendOutcome =
  | { readonly index: number; readonly ok: true; readonly receipt: Receipt }
  | { readonly index: number; readonly ok: false; readonly error: MailError };

export interface SendSummary {
  readonly sent: number;
  readonly queued: number;
  readonly failed: number;
}

/** How far a run has come, by the outcomes that its caller has dealt with. */
export interface RunProgress extends SendSummary {
  readonly run: SendRun;
  /** As the run's own. */
  readonly position: number;
  /** Since the run started, in milliseconds. */
  readonly durationMs: number;
  /** The run is over: the last event of it. */
  readonly ended: boolean;
}

/**
 * A run over many mails. It starts when it is iterated, for outcomes in order of completion, or awaited, for the
 * summary. `break` pulls nothing more and waits for the mails in flight, whose outcomes are not given.
 */
export interface SendRun extends AsyncIterable<SendOutcome>, PromiseLike<SendSummary> {
  /**
   * A place in the input: everything before it has had its outcome, and none was kept from being sent by an abort or by
   * closing the mailer. A run with `startAt` there leaves out nobody. After `stop()`, and at the end, it sends nothing
   * twice; after an abort, a `break` or a crash it may send again what was in flight then, and what was sent while a
   * mail before it was in flight.
   */
  readonly position: number;
  /** Asks the input for nothing more until `resume()`. Mails in flight finish; a batch that is being filled waits. */
  pause(): void;
  resume(): void;
  /** Asks the input for nothing more: the run ends when all that was pulled is sent and its outcomes are given. */
  stop(): void;
}

/** Work that was pulled from the input: one mail, or a batch. Never rejects. */
export type SendUnit = () => Promise<readonly SendOutcome[]>;

/** What units of work are pulled by. */
export interface RunInput {
  readonly gate: InputGate;
  readonly position: RunPosition;
  readonly startAt: number;
}

export interface RunOptions {
  /** Units in flight at once. */
  readonly concurrency: number;
  readonly startAt: number;
  readonly signal: AbortSignal | undefined;
  readonly tell: (progress: RunProgress) => void;
}

/** Between two events that tell of progress. */
const progressMs = 1_000;

/** Works through `units`, pulling no more than `concurrency` ahead of what the caller has taken. */
export function createSendRun(
  units: (input: RunInput) => AsyncIterator<SendUnit>,
  { concurrency, startAt, signal, tell }: RunOptions,
): SendRun {
  const counts = { sent: 0, queued: 0, failed: 0 };
  const gate = new InputGate();
  const position = new RunPosition(startAt);
  let outcomes: AsyncGenerator<SendOutcome> | undefined;
  let finished: Promise<SendSummary> | undefined;

  async function* iterate(): AsyncGenerator<SendOutcome> {
    const start = performance.now();
    let toldAt = start;
    const tellAt = (now: number, ended: boolean): void => {
      toldAt = now;
      tell({ run, ...counts, position: position.value, durationMs: now - start, ended });
    };
    if (signal?.aborted) gate.end();
    const ignoreAbort = signal === undefined ? undefined : listenForAbort(signal, () => gate.end());
    try {
      for await (const outcome of runUnits(units({ gate, position, startAt }), gate, concurrency)) {
        counts[outcome.ok ? outcome.receipt.status : "failed"]++;
        if (isStillToSend(outcome)) gate.end();
        else position.settle(outcome.index);
        yield outcome;
        // Told when the caller asks for the next outcome, which is when this one is dealt with.
        const now = performance.now();
        if (now - toldAt >= progressMs) tellAt(now, false);
      }
    } finally {
      ignoreAbort?.();
      tellAt(performance.now(), true);
    }
  }

  /** The run was ended before the mail was sent, by an abort or by closing the mailer. */
  function isStillToSend(outcome: SendOutcome): boolean {
    if (outcome.ok || outcome.error.delivery === "unknown") return false;
    const { code, field, attempts } = outcome.error;
    if (code === "configuration" && field === "mailer") return true;
    // A group tells first of the member that is out of order. A caller's own time limit ends in `timeout`.
    const codes = [code, attempts.at(-1)?.error?.code];
    return signal?.aborted === true && (codes.includes("aborted") || codes.includes("timeout"));
  }

  async function finish(): Promise<SendSummary> {
    outcomes ??= iterate();
    for await (const _ of outcomes);
    return { ...counts };
  }

  const run: SendRun = {
    get position() {
      return position.value;
    },
    pause: () => gate.pause(),
    resume: () => gate.resume(),
    stop: () => gate.end(),
    [Symbol.asyncIterator]() {
      outcomes ??= iterate();
      return outcomes;
    },
    // biome-ignore lint/suspicious/noThenProperty: a run can be awaited for its summary
    then(onFulfilled, onRejected) {
      finished ??= finish();
      return finished.then(onFulfilled, onRejected);
    },
  };
  return run;
}
