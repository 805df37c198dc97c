/** Waits for `work`, at most so long. @throws what `late` makes when the time is up */
export async function within<T>(work: Promise<T>, ms: number, late: () => unknown): Promise<T> {
  const { promise: timeUp, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(late()), ms);
  try {
    return await Promise.race([work, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
