/**
 * Gives up on `work` after `timeoutMs`, whether it listens to its signal or not.
 * @throws what `work` throws; `TimeoutError` where time ran out
 */
export async function withinTime<T>(timeoutMs: number, work: (signal: AbortSignal) => T | Promise<T>): Promise<T> {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new DOMException(`There was no answer within ${timeoutMs} ms`, "TimeoutError");
    reject(error);
    controller.abort(error);
  }, timeoutMs);
  timer.unref();
  try {
    return await Promise.race([(async () => work(controller.signal))(), promise]);
  } finally {
    clearTimeout(timer);
  }
}
