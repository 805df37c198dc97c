import { expect } from "vitest";

/** Asks again until it holds; for twenty seconds, as the machine may be busy. */
export function eventually<T>(ask: () => Promise<T>): ReturnType<typeof expect.poll<T>> {
  return expect.poll(ask, { timeout: 20_000, interval: 20 });
}
