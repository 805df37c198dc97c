import { expect, test } from "vitest";
import { uuidv7 } from "./uuid-v7.ts";

test("a UUIDv7 has version, variant and time where RFC 9562 puts them", () => {
  const id = uuidv7(0x017f22e279b0);
  expect(id).toMatch(/^017f22e2-79b0-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("ten thousand ids are different, and sort by time", () => {
  const ids = Array.from({ length: 10_000 }, (_, n) => uuidv7(1_700_000_000_000 + n));
  expect(new Set(ids).size).toBe(10_000);
  expect([...ids].sort()).toEqual(ids);
});
