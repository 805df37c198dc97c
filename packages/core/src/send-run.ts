import type { MailError } from "./mail-error.ts";
import type { Receipt } from "./receipt.ts";

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
  readonly signal: AbortSignal | undefined;
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
  | { readonly outcomes: readonly SendOutcome[]; readonly done: object }
  | "aborted";

async function* runUnits(
  units: AsyncIterator<SendUnit>,
  { concurrency, signal }: RunOptions,
): AsyncGenerator<SendOutcome> {
  const running = new Map<object, Promise<Step>>();
  const aborted = whenAborted(signal);
  let pulling: Promise<Step> | undefined;
  let exhausted = false;
  let failure: { readonly error: unknown } | undefined;
  try {
    while (true) {
      if (signal?.aborted) exhausted = true;
      if (!exhausted && running.size < concurrency) pulling ??= pull(units);
      const waiting = [...running.values(), ...(pulling !== undefined && !exhausted ? [pulling, aborted.step] : [])];
      if (waiting.length === 0) break;
      const step = await Promise.race(waiting);
      if (step === "aborted") exhausted = true;
      else if ("outcomes" in step) {
        running.delete(step.done);
        yield* step.outcomes;
      } else {
        pulling = undefined;
        if ("failure" in step) failure = { error: step.failure };
        if ("failure" in step || step.pulled.done) exhausted = true;
        else start(running, step.pulled.value);
      }
    }
    if (failure !== undefined) throw failure.error;
  } finally {
    aborted.dispose();
    await Promise.all(running.values());
    if (pulling === undefined && failure === undefined) await units.return?.();
  }
}

async function pull(units: AsyncIterator<SendUnit>): Promise<Step> {
  try {
    return { pulled: await units.next() };
  } catch (failure) {
    return { failure };
  }
}

function start(running: Map<object, Promise<Step>>, unit: SendUnit): void {
  const done = {};
  running.set(
    done,
    unit().then((outcomes) => ({ outcomes, done })),
  );
}

function whenAborted(signal: AbortSignal | undefined): { readonly step: Promise<Step>; readonly dispose: () => void } {
  const { promise, resolve } = Promise.withResolvers<Step>();
  const onAbort = (): void => resolve("aborted");
  signal?.addEventListener("abort", onAbort, { once: true });
  return { step: promise, dispose: () => signal?.removeEventListener("abort", onAbort) };
}
