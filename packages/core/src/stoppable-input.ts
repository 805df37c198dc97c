/** How long an input has to hand over what was asked of it once the run is aborted, in milliseconds. */
const graceMs = 1_000;

/**
 * Reads an input until it ends or the signal is aborted, and closes it either way. What was asked for before the abort
 * is still given, so that nothing pulled is lost; an input that does not answer is left behind.
 */
export async function* stoppableInput<T>(
  input: Iterable<T> | AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  const iterator = Symbol.asyncIterator in input ? input[Symbol.asyncIterator]() : input[Symbol.iterator]();
  let open = true;
  let hung = false;
  try {
    while (!signal?.aborted) {
      open = false; // An input that throws has closed itself.
      const result = await answerOf(iterator.next(), signal);
      hung = result === undefined;
      open = result?.done !== true;
      if (result === undefined || result.done) return;
      yield result.value;
    }
  } finally {
    if (open) {
      const closing = Promise.resolve(iterator.return?.());
      if (hung) closing.catch(() => undefined);
      else await withinGrace(closing);
    }
  }
}

/** The answer, or `undefined` where it does not come within the grace after an abort. */
async function answerOf<T>(answer: T | Promise<T>, signal: AbortSignal | undefined): Promise<T | undefined> {
  if (signal === undefined || !(answer instanceof Promise)) return answer;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    timer = setTimeout(() => resolve(undefined), graceMs);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([answer, promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
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
