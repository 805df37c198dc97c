import { expect, test } from "vitest";
import { openResources } from "../open-resources.ts";
import { runSoak } from "./run-soak.ts";

const mails = 2_000;
const keptBytes = 4_096;

test(`of ${mails} mails each arrives once or is reported while servers stop, slow down and come back`, async () => {
  const report = await runSoak({ mails, seed: 1 });
  expect(report).toMatchObject({ lost: 0, toldWrongly: 0, doubled: 0 });
  const { sentAtOnce, sentLater, unknownAbsent, unknownArrived, notSent } = report;
  expect(sentAtOnce + sentLater + unknownAbsent + unknownArrived + notSent).toBe(mails);
  // Servers that are always well, or never, would show nothing.
  expect(sentAtOnce).toBeGreaterThan(0);
  expect(sentLater).toBeGreaterThan(0);
  expect(report.phases.get("stopped")).toBeGreaterThan(0);
  expect((await openResources()).filter((name) => name !== "Timeout")).toEqual([]);
  // Four kilobytes that each mail left behind would be seen.
  expect(report.heapLate - report.heapEarly).toBeLessThan(mails * keptBytes);
}, 180_000);
