import type { InputGate } from "./input-gate.ts";
import { withinGrace } from "./stoppable-input.ts";

/** Work that was pulled. Never rejects. */
type Unit<Outcome> = () => Promise<readonly Outcome[]>;

type Step<Outcome> =
  | { readonly pulled: IteratorResult<Unit<Outcome>> }
  | { readonly failure: unknown }
  | { readonly outcomes: readonly Outcome[] };

/**
 * Gives the outcomes of units in order of completion, pulling no more than `concurrency` units ahead of what the caller
 * has taken. Ends the gate of their input when the caller wants no more, and waits for those in flight.
 */
export async function* runUnits<Outcome>(
  units: AsyncIterator<Unit<Outcome>>,
  gate: InputGate,
  concurrency: number,
): AsyncGenerator<Outcome> {
  const steps = new StepQueue<Step<Outcome>>();
  const running = new Set<Promise<void>>();
  /** Units that were pulled and whose outcomes the caller has not taken. */
  let ahead = 0;
  let pulling = false;
  let exhausted = false;
  let failure: { readonly error: unknown } | undefined;
  const start = (unit: Unit<Outcome>): void => {
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
    gate.end();
    await Promise.all(running);
    await withinGrace(units.return?.());
  }
}

/** Steps in the order in which they came. A promise for each would keep what it was raced with alive. */
class StepQueue<Step> {
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
