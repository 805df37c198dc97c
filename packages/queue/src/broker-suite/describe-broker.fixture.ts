import { describe, type ExpectStatic, test } from "vitest";
import { BrokerStage } from "./broker-stage.fixture.ts";
import type { BrokerSubject } from "./broker-subject.fixture.ts";
import { consuming } from "./consuming.fixture.ts";
import { delaying } from "./delaying.fixture.ts";
import { publishing } from "./publishing.fixture.ts";
import { redelivering } from "./redelivering.fixture.ts";

export interface BrokerCase {
  readonly name: string;
  run(stage: BrokerStage, expect: ExpectStatic): Promise<void>;
}

/** What every broker does, each case on a queue of its own. */
export function describeBroker(name: string, subject: BrokerSubject): void {
  describe(`${name} as a broker`, () => {
    for (const { name: sentence, run } of [...publishing, ...delaying, ...redelivering, ...consuming]) {
      test(sentence, { timeout: 60_000 }, async ({ expect, onTestFinished }) => {
        const stage = await BrokerStage.open(subject);
        onTestFinished(() => stage[Symbol.asyncDispose](), 30_000); // after a time-out, too
        await run(stage, expect);
      });
    }
  });
}
