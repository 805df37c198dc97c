import { describe, it } from "vitest";
import { capabilities } from "./capabilities.ts";
import type { Setup } from "./subject.ts";

/**
 * Runs the contract of a transport as a suite of tests. `setup` is called for each case, and the subject closed after it;
 * cases about what the transport does not have are skipped with the reason.
 */
export function describeTransport(name: string, setup: Setup): void {
  describe(`${name} keeps the contract of a transport`, () => {
    for (const capability of capabilities) {
      describe(capability.name, () => {
        for (const { name: promise, skip, run } of capability.cases) {
          it(promise, async (context) => {
            const subject = await setup();
            try {
              const reason = skip?.(subject);
              if (reason !== undefined) context.skip(reason);
              await run(subject);
            } finally {
              await subject.close();
            }
          });
        }
      });
    }
  });
}
