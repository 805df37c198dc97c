import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type Column, columns } from "./columns.ts";
import { type CellResult, endOfMatrix, faultsPage } from "./faults-page.ts";
import { allFaults } from "./matrix.ts";
import { createWorld, type Fault } from "./open-server.ts";
import { runCell } from "./run-cell.ts";
import { warmUp } from "./warm-up.ts";

interface Cell {
  readonly fault: Fault;
  readonly column: Column;
}

/** Of what stands there, the part below is the soak's. */
const file = new URL("../../docs/faults.md", import.meta.url);
const cells = allFaults.flatMap((fault) => columns.map((column): Cell => ({ fault, column })));
const keyOf = ({ via, row }: Fault, column: string): string => [via, row.group, row.fault, column].join("|");
const results = new Map<string, CellResult>();
const problems: string[] = [];

using world = await createWorld();
await warmUp(world);
await runAll(
  cells.filter(({ fault }) => !fault.row.large),
  20,
);
await runAll(
  cells.filter(({ fault }) => fault.row.large),
  4,
);
process.stderr.write("\n");
if (problems.length > 0) throw new Error(`What the app is told is not what happened:\n${problems.join("\n")}`);

const page = faultsPage((fault, column) => results.get(keyOf(fault, column)) as CellResult);
const rest = existsSync(file) ? (readFileSync(file, "utf8").split(endOfMatrix)[1] ?? "\n") : "\n";
writeFileSync(file, `${page.trimEnd()}${rest}`);
process.stdout.write(page);

/** Runs so many at a time. */
async function runAll(list: readonly Cell[], concurrency: number): Promise<void> {
  const waiting = list.values();
  const work = async (): Promise<void> => {
    for (const { fault, column } of waiting) {
      const outcome = await runCell(fault, column, world);
      results.set(keyOf(fault, column.name), outcome);
      problems.push(...outcome.problems.map((problem) => `${keyOf(fault, column.name)}: ${problem}`));
      process.stderr.write(`\r${results.size} of ${cells.length} cells`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
}
