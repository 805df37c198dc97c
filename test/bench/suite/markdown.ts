import type { BenchCase, CaseResult, Verdict } from "./bench-case.ts";

/** A case and what was found. */
export interface Finding {
  readonly bench: BenchCase;
  readonly result: CaseResult;
}

export function caseMarkdown({ bench, result }: Finding): string {
  const { columns, rows, verdicts } = result;
  const asked = verdicts.map((verdict) => `- ${verdictText(verdict)}`);
  return [
    `### ${bench.title}`,
    `${bench.about} (\`npm run bench ${bench.name}\`)`,
    table(columns, rows),
    ...(asked.length === 0 ? [] : [asked.join("\n")]),
  ].join("\n\n");
}

/** All figures that were asked for, in one table. */
export function verdictsMarkdown(findings: readonly Finding[]): string {
  const rows = findings.flatMap(({ bench, result }) =>
    result.verdicts.map(({ what, required, measured, met }) => [
      bench.title,
      what,
      required,
      measured,
      met ? "met" : "**missed**",
    ]),
  );
  return table(["", "figure", "required", "measured", ""], rows);
}

function verdictText({ what, required, measured, met }: Verdict): string {
  return `${what}: ${measured}; required: ${required}${met ? "" : " (**missed**)"}`;
}

/** The first column is words, the others are figures where they look like it. */
function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const isFigure = columns.map((_, index) => rows.every((row) => /^[\d.,–]+$/.test(row[index] ?? "")));
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(columns), line(isFigure.map((figure) => (figure ? "---:" : "---"))), ...rows.map(line)].join("\n");
}
