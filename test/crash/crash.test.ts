import { describe, expect, test } from "vitest";
import { disturbance } from "./disturb.ts";
import { type EngineKind, missingProgram, openPlace } from "./places.ts";
import { runCrashes } from "./run-crashes.ts";

const mails = 400;
const kills = 5;

const kinds: readonly EngineKind[] = ["sqlite", "bullmq", "nats", "rabbitmq"];

describe.each(kinds)("with %s", async (kind) => {
  const missing = await missingProgram(kind);
  const skips = missing !== undefined && process.env["CI"] !== "true";
  const hint = missing === undefined ? "" : `: install ${missing.path} by \`sudo bash test/install-programs.sh\``;

  test.skipIf(skips).each(["hold", "retry"] as const)(
    `no mail is lost, and none is sent twice in silence, while producers, workers and broker are killed (onUnknown: %s)${hint}`,
    { timeout: 240_000 },
    async (onUnknown) => {
      await using place = await openPlace(kind, "crash");
      const brokers = disturbance(place, [0.4], 7);
      const disturb = (progress: number): Promise<void> => brokers.step(progress);
      const report = await runCrashes({
        engine: place.engine,
        mails,
        kills,
        seed: 7,
        onUnknown,
        leaseMs: 2_000,
        disturb,
      });
      expect(report).toMatchObject({ mails, kills, lost: 0, dead: 0, doubledInSilence: 0 });
      if (onUnknown === "hold") expect(report).toMatchObject({ doubled: 0, sentOnce: mails - report.held });
      else expect(report).toMatchObject({ held: 0, sentOnce: mails - report.doubled });
    },
  );
});
