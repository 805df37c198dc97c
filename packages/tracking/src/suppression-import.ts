import { setImmediate } from "node:timers/promises";
import { checkOptions, MailError, misconfigured, type SuppressionEntry, type SuppressionStore } from "@mail/core";
import { type CsvRow, readCsvRows } from "./csv-rows.ts";
import { requireScope, suppressionReasons } from "./new-suppression.ts";
import type { BadRow, CsvSource, ImportOptions, ImportReport } from "./suppression-csv.ts";
import { type RowReader, rowReader } from "./suppression-row.ts";

const rules = {
  reason: { type: "string", oneOf: suppressionReasons },
  scope: { type: "string" },
  expiresInMs: { type: "number", min: 1 },
} as const;

const maxErrors = 1_000;
/** Entries that go to the store at once. */
const entriesAtOnce = 1_000;

/** Reads a file and puts its rows on the list. What went in stays in where the store fails later. */
export async function importSuppressions(
  suppressions: SuppressionStore,
  csv: CsvSource,
  options: ImportOptions,
): Promise<ImportReport> {
  checkOptions("import", { ...options, scope: options.scope || undefined }, rules);
  requireScope(options.scope ?? "", "scope");
  requireSource(csv);
  const errors: BadRow[] = [];
  const report = { added: 0, known: 0, failed: 0, errors };
  const waiting: SuppressionEntry[] = [];
  const flush = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const added = await suppressions.add(waiting.splice(0));
    for (const isNew of added) report[isNew ? "added" : "known"] += 1;
    // A large file must not keep the process from its other work.
    await setImmediate();
  };
  let read: RowReader | undefined;
  for await (const rows of readCsvRows(csv)) {
    for (const row of rows) {
      if (read === undefined) {
        const first = rowReader(cellsOfFirst(row), options);
        read = first.read;
        if (first.isHeader) continue;
      }
      const result = "problem" in row ? row.problem : read(row.cells);
      if (typeof result !== "string") waiting.push(...result);
      else if (++report.failed <= maxErrors) errors.push({ line: row.line, problem: result });
      if (waiting.length >= entriesAtOnce) await flush();
    }
  }
  await flush();
  return report;
}

function cellsOfFirst(row: CsvRow): readonly string[] {
  if ("cells" in row) return row.cells;
  throw new MailError(`csv: the first line ${row.problem}`, {
    code: "configuration",
    field: "csv",
    hint: "The first line names the columns, such as address,reason.",
  });
}

function requireSource(csv: unknown): void {
  const iterable = typeof csv === "object" && csv !== null && (Symbol.asyncIterator in csv || Symbol.iterator in csv);
  if (typeof csv !== "string" && !iterable)
    throw misconfigured("csv", "is no text and no stream", "Pass the text of a file, or createReadStream(path).");
}
