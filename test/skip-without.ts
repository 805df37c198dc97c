import { expect, test } from "vitest";

/**
 * Of what tests need and is not here: a skip that says what to do, and a failure where `CI` is set, which must not go on
 * without.
 * @param problem what is missing, and how to get it; `undefined` where all is there
 * @returns true where the tests cannot run
 */
export function skipWithout(problem: string | undefined): boolean {
  if (problem === undefined) return false;
  if (process.env["CI"]) test("has what it needs", () => expect.fail(problem));
  else {
    process.stderr.write(`Skipped: ${problem}\n`);
    test.skip(problem);
  }
  return true;
}
