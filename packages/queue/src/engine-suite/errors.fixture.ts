import { MailError } from "@mail/core";
import { expect } from "vitest";
import type { QueueEngine } from "../queue-engine.ts";
import type { EngineCapability } from "./engine-case.fixture.ts";
import { jobId, newJob } from "./jobs.fixture.ts";

const calls: Readonly<Record<string, (engine: QueueEngine) => Promise<unknown>>> = {
  add: (engine) => engine.add([newJob()]),
  find: (engine) => engine.find(jobId()),
  payload: (engine) => engine.payload(jobId()),
  list: (engine) => engine.list({ state: "dead", limit: 1 }),
  counts: (engine) => engine.counts(),
  change: (engine) => engine.change(jobId(), { from: ["dead"], to: "queued", record: (before) => before }),
  pausedBy: (engine) => engine.pausedBy(),
  setPaused: (engine) => engine.setPaused("by hand"),
};

async function failureOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => expect.unreachable(`It resolved with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
}

export const errors: EngineCapability = {
  name: "errors",
  cases: [
    {
      name: "everything that is asked of a closed engine fails as a MailError",
      async run(stage) {
        const engine = await stage.open();
        await engine.close();
        for (const [name, call] of Object.entries(calls)) {
          const error = await failureOf(call(engine));
          expect(error, name).toSatisfy(MailError.is);
        }
      },
    },
    {
      name: "everything that is asked of a database or broker out of reach fails as `unavailable`, with a hint",
      async run(stage) {
        const engine = await stage.subject.openUnreachable?.();
        if (!engine) return;
        for (const [name, call] of Object.entries(calls)) {
          const error = await failureOf(call(engine));
          expect(error, name).toSatisfy(MailError.is);
          expect(error, name).toMatchObject({ code: "unavailable", hint: expect.stringMatching(/\w+/) });
        }
        const worker = stage.work(engine);
        const told = await worker.errors.count(1);
        expect(told[0]).toSatisfy(MailError.is);
        await engine.close();
      },
    },
  ],
};
