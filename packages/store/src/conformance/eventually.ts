import { expect } from "vitest";

/** Asks again until it holds; for ten seconds, as the machine may be busy. */
export function eventually<T>(ask: () => Promise<T>): ReturnType<typeof expect.poll<T>> {
  return expect.poll(ask, { timeout: 10_000, interval: 20 });
}
