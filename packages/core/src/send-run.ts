import type { MailError } from "./mail-error.ts";
import type { Receipt } from "./receipt.ts";
import { withinGrace } from "./stoppable-input.ts";

/** What became of one item, by its place in the input. */
export type SendOutcome =
  | { readonly index: number; readonly ok: true; readonly receipt: Receipt }
  | { readonly index: number; readonly ok: false; readonly error: MailError };

export interface SendSummary {
  readonly sent: number;
  readonly queued: number;
  readonly failed: number;
}

/**
 * A run over many mails. It starts when it is iterated, for outcomes in order of completion, or awaited, for the
 * summary. `break` pulls nothing more and waits for the mails in flight.
 */
export interface SendRun extends AsyncIterable<SendOutcome>, PromiseLike<SendSummary> {}

/** Work that was pulled from the input: one mail, or a batch. Never rejects. */
export type SendUnit = () => Promise<readonly SendOutcome[]>;

export interface RunOptions {
  /** Units in flight at once. */
  readonly concurrency: number;
}

/** Works through `units`, pulling no more than `concurrency` ahead of what the caller has taken. */
export function createSendRun(units: () => AsyncIterator<SendUnit>, options: RunOptions): SendRun {
  const counts = { sent: 0, queued: 0, failed: 0 };
  let outcomes: AsyncGenerator<SendOutcome> | undefined;
  let finished: Promise<SendSummary> | undefined;

  async function* iterate(): AsyncGenerator<SendOutcome> {
    for await (const outcome of runUnits(units(), options)) {
      counts[outcome.ok ? outcome.receipt.status : "failed"]++;
      yield outcome;
    }
  }

  async function finish(): Promise<SendSummary> {
    outcomes ??= iterate();
    for await (const _ of outcomes);
    return { ...counts };
  }

  return {
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
}

type Step =
  | { readonly pulled: IteratorResult<SendUnit> }
  | { readonly failure: unknown }
  | { readonly outcomes: readonly SendOutcome[] };

async function* runUnits(units: AsyncIterator<SendUnit>, { concurrency }: RunOptions): AsyncGenerator<SendOutcome> {
  const steps = new StepQueue();
  const running = new Set<Promise<void>>();
  /** Units that were pulled and whose outcomes the caller has not taken. */
  let ahead = 0;
  let pulling = false;
  let exhausted = false;
  let failure: { readonly error: unknown } | undefined;
  const start = (unit: SendUnit): void => {
    const work = unit().then((outcomes) => {
      running.delete(work);
      steps.push({ outcomes });
    });
    running.add(work);
    ahead++;
  };
  try {
    while (true) {
      if (!exhausted && !pulling && ahead < concurrency) {
        pulling = true;
        void units.next().then(
          (pulled) => steps.push({ pulled }),
          (error: unknown) => steps.push({ failure: error }),
        );
      }
      if (ahead === 0 && !pulling) break;
      const step = await steps.next();
      if ("outcomes" in step) {
        yield* step.outcomes;
        ahead--;
      } else {
        pulling = false;
        if ("failure" in step) failure = { error: step.failure };
        if ("failure" in step || step.pulled.done) exhausted = true;
        else start(step.pulled.value);
      }
    }
    if (failure !== undefined) throw failure.error;
  } finally {
    await Promise.all(running);
    await withinGrace(units.return?.());
  }
}

/** Steps in the order in which they came. A promise for each would keep what it was raced with alive. */
class StepQueue {
  readonly #steps: Step[] = [];
  #wake: (() => void) | undefined;

  push(step: Step): void {
    this.#steps.push(step);
    this.#wake?.();
  }

  async next(): Promise<Step> {
    if (this.#steps.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    return this.#steps.shift() as Step;
  }
}
