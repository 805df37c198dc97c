import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { columns } from "./columns.ts";
import type { CellResult } from "./faults-page.ts";
import { endOfMatrix, faultsPage } from "./faults-page.ts";
import { expectedOf } from "./matrix.ts";
import type { Fault } from "./open-server.ts";

/** What the tests of the matrix hold every cell to. */
function predicted(fault: Fault, name: string): CellResult {
  const alone = expectedOf(fault);
  const column = columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new Error(`there is no column ${name}`);
  const { told, copies, tries } = column.predict(alone);
  return { told, copies, tries, ...(told === alone.told && { code: alone.code }) };
}

test("docs/faults.md shows the matrix as the tests hold it (npm run faults -w test makes it anew)", () => {
  const page = readFileSync(new URL("../../docs/faults.md", import.meta.url), "utf8");
  const [matrix] = page.split(endOfMatrix);
  expect(`${matrix}${endOfMatrix}\n`).toBe(faultsPage(predicted));
});
