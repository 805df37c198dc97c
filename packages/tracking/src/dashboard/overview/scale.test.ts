import { expect, test } from "vitest";
import { roundTicks } from "./scale.ts";

test.each([
  [0, [0, 1]],
  [1, [0, 1]],
  [3, [0, 1, 2, 3]],
  [4, [0, 2, 4]],
  [10, [0, 5, 10]],
  [97, [0, 50, 100]],
  [460, [0, 200, 400, 600]],
  [1_234_567_890, [0, 500_000_000, 1_000_000_000, 1_500_000_000]],
])("an axis for up to %i has round marks", (max, ticks) => {
  expect(roundTicks(max)).toEqual(ticks);
});
