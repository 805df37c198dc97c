import { expect, test } from "vitest";
import { ascendingIds } from "./inbox-id.ts";

test("an id has version, variant and time where RFC 9562 puts them", () => {
  const id = ascendingIds(() => 0x017f22e279b0)();
  expect(id).toMatch(/^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("ids ascend within a millisecond, over time and when the clock is set back", () => {
  const times = [1_000, 1_000, 1_001, 900, 900, 1_002, 5_000];
  let asked = 0;
  const next = ascendingIds(() => times[Math.floor(asked++ / 1_000)] ?? 0);
  const ids = times.flatMap(() => Array.from({ length: 1_000 }, () => next()));
  expect(ids).toEqual([...new Set(ids)].sort());
});
