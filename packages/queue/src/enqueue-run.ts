import type { EnqueueOutcome } from "./queue.ts";

export interface EnqueueSummary {
  readonly queued: number;
  readonly duplicates: number;
  readonly failed: number;
}

/**
 * Many messages on their way into the queue. It starts when it is iterated, for outcomes in their order, or awaited, for
 * the numbers.
 */
export interface EnqueueRun extends AsyncIterable<EnqueueOutcome>, PromiseLike<EnqueueSummary> {}

export function createEnqueueRun(outcomes: () => AsyncGenerator<EnqueueOutcome>): EnqueueRun {
  const counts = { queued: 0, duplicates: 0, failed: 0 };
  let started: AsyncGenerator<EnqueueOutcome> | undefined;
  let finished: Promise<EnqueueSummary> | undefined;

  async function* iterate(): AsyncGenerator<EnqueueOutcome> {
    for await (const outcome of outcomes()) {
      if (!outcome.ok) counts.failed++;
      else if (outcome.duplicate) counts.duplicates++;
      else counts.queued++;
      yield outcome;
    }
  }

  async function finish(): Promise<EnqueueSummary> {
    started ??= iterate();
    for await (const _ of started);
    return { ...counts };
  }

  return {
    [Symbol.asyncIterator]() {
      started ??= iterate();
      return started;
    },
    // biome-ignore lint/suspicious/noThenProperty: a run can be awaited for its numbers
    then(onFulfilled, onRejected) {
      finished ??= finish();
      return finished.then(onFulfilled, onRejected);
    },
  };
}
