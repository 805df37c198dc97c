import type { Store } from "@mail/core";
import { describe, it } from "vitest";
import { storeCapabilities } from "./store-capabilities.ts";
import type { StoreSetup } from "./store-case.ts";

/**
 * Runs the contract of a store as a suite of tests. `setup` is called for each case, so each has a state of its own.
 * @param skip why the suite cannot run, if it cannot
 */
export function describeStore(name: string, setup: StoreSetup, skip?: string): void {
  describe(`${name} keeps the contract of a store${skip === undefined ? "" : ` (${skip})`}`, () => {
    for (const capability of storeCapabilities) {
      describe(capability.name, () => {
        for (const { name: promise, skip: skipCase, run } of capability.cases) {
          it.skipIf(skip !== undefined)(promise, { timeout: 60_000 }, async (context) => {
            const subject = await setup();
            const opened: Store[] = [];
            try {
              const reason = skipCase?.(subject);
              if (reason !== undefined) context.skip(reason);
              await run(() => {
                const store = subject.open();
                opened.push(store);
                return store;
              });
            } finally {
              await Promise.all(opened.map((store) => store.close()));
              await subject.close();
            }
          });
        }
      });
    }
  });
}
