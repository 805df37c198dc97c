import { describe, test } from "vitest";
import { adding } from "./adding.fixture.ts";
import { changes } from "./changes.fixture.ts";
import { closing } from "./closing.fixture.ts";
import type { EngineSubject } from "./engine-subject.fixture.ts";
import { errors } from "./errors.fixture.ts";
import { interruptions } from "./interruptions.fixture.ts";
import { keys } from "./keys.fixture.ts";
import { leases } from "./leases.fixture.ts";
import { lists } from "./lists.fixture.ts";
import { pausing } from "./pausing.fixture.ts";
import { payloads } from "./payloads.fixture.ts";
import { settlements } from "./settlements.fixture.ts";
import { sharing } from "./sharing.fixture.ts";
import { Stage } from "./stage.fixture.ts";
import { taking } from "./taking.fixture.ts";
import { volume } from "./volume.fixture.ts";

const capabilities = [
  adding,
  keys,
  payloads,
  taking,
  settlements,
  interruptions,
  leases,
  lists,
  changes,
  pausing,
  sharing,
  closing,
  errors,
  volume,
];

/** What every engine of the queue does, each case on an empty storage of its own. */
export function describeEngine(name: string, subject: EngineSubject): void {
  const { timeoutMs = 60_000, volumeTimeoutMs = 240_000 } = subject;
  describe(`${name} as an engine of the queue`, () => {
    for (const capability of capabilities) {
      describe(capability.name, () => {
        for (const { name: sentence, isLarge, run } of capability.cases) {
          test(sentence, { timeout: isLarge ? volumeTimeoutMs : timeoutMs }, async ({ onTestFinished }) => {
            const stage = await Stage.open(subject);
            onTestFinished(() => stage[Symbol.asyncDispose](), timeoutMs); // after a time-out, too
            await run(stage);
          });
        }
      });
    }
  });
}
