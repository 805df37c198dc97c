import { setImmediate as nextTurn } from "node:timers/promises";
import type { InputGate } from "./input-gate.ts";

/** How long an input has to hand over what was asked of it once nothing more is to be pulled, in milliseconds. */
const graceMs = 1_000;
/** Items that are read before everything else in the process has a turn. */
const itemsPerTurn = 100;

/**
 * Reads an input until it or the gate ends, and closes it either way; waits while the gate is paused. What was asked for
 * before the end is still given, so that nothing pulled is lost; an input that does not answer is left behind.
 * @param startAt how many items are left out at the beginning
 */
export async function* stoppableInput<T>(
  input: Iterable<T> | AsyncIterable<T>,
  gate: InputGate,
  startAt: number,
): AsyncGenerator<T, void, undefined> {
  const iterator = Symbol.asyncIterator in input ? input[Symbol.asyncIterator]() : input[Symbol.iterator]();
  let leftOut = 0;
  let read = 0;
  let open = true;
  let hung = false;
  try {
    while (!gate.ended) {
      if (gate.paused) {
        await gate.passed();
        continue;
      }
      open = false; // An input that throws has closed itself.
      const result = await answerOf(iterator.next(), gate);
      if (result === noAnswer) {
        open = hung = true;
        return;
      }
      if (typeof result !== "object" || result === null) throw new TypeError("the input's next() gave no result");
      if (result.done) return;
      open = true;
      if (++read % itemsPerTurn === 0) await nextTurn();
      if (leftOut < startAt) leftOut++;
      else yield result.value;
    }
  } finally {
    if (open) {
      const closing = Promise.resolve(iterator.return?.());
      if (hung) closing.catch(() => undefined);
      else await withinGrace(closing);
    }
  }
}

const noAnswer: unique symbol = Symbol("no answer");

/** The answer, or `noAnswer` where it does not come within the grace after the end. */
function answerOf<T>(answer: T | Promise<T>, gate: InputGate): T | Promise<T | typeof noAnswer> {
  if (!(answer instanceof Promise)) return answer;
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const ignoreEnd = gate.onEnd(() => {
      timer = setTimeout(() => {
        resolve(noAnswer);
        ignoreEnd();
      }, graceMs);
    });
    const answered = (): void => {
      clearTimeout(timer);
      ignoreEnd();
    };
    answer.finally(answered).then(resolve, reject);
  });
}

/** Waits for an input to close, but not for one that hangs. @throws what closing throws in that time */
export async function withinGrace(closing: Promise<unknown> | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, graceMs);
  try {
    await Promise.race([closing, promise]);
  } finally {
    clearTimeout(timer);
  }
}
