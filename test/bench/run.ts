/**
 * The benchmark: `npm run bench` runs all cases with their rivals and prints Markdown tables, `npm run bench small ses`
 * some, `npm run bench -- --list` says which there are. `--write` keeps the figures of all cases in `docs/bench.md` and
 * `docs/bench.svg`. `ROUNDS` (5) in turn.
 */
import { parseArgs } from "node:util";
import { mergeCase } from "./bulk/merge-case.ts";
import { requestsCase } from "./bulk/requests-case.ts";
import { importCase } from "./core/import-case.ts";
import { overheadCase } from "./core/overhead-case.ts";
import { httpCases } from "./http/cases.ts";
import { smtpCases } from "./smtp/cases.ts";
import type { BenchCase } from "./suite/bench-case.ts";
import { caseMarkdown, type Finding } from "./suite/markdown.ts";
import { otherScripts, runScript } from "./suite/other-scripts.ts";
import { writePage } from "./suite/write-page.ts";

const cases: readonly BenchCase[] = [...smtpCases, ...httpCases, requestsCase, mergeCase, overheadCase, importCase];
const rounds = Number(process.env["ROUNDS"] ?? 5);
const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { list: { type: "boolean" }, write: { type: "boolean" } },
});

if (values.list) list();
else await run();

function list(): void {
  for (const { name, title } of cases) console.log(`${name.padEnd(20)} ${title}`);
  console.log("\nOn their own, from source, not in a run of all:\n");
  for (const { name, about } of otherScripts()) console.log(`${name.padEnd(20)} ${about}`);
}

async function run(): Promise<void> {
  const scripts = otherScripts().map(({ name }) => name);
  const known = [...cases.map(({ name }) => name), ...scripts];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no case "${unknown}". Known: ${known.join(", ")}.`);
  if (values.write && names.length > 0)
    throw new Error("--write keeps the figures of one run of all cases: name none.");
  const findings: Finding[] = [];
  for (const bench of cases.filter(({ name }) => names.length === 0 || names.includes(name))) {
    console.error(`${bench.name} …`);
    const finding = { bench, result: await bench.run(rounds) };
    findings.push(finding);
    console.log(`${caseMarkdown(finding)}\n`);
  }
  if (values.write) writePage(findings, rounds);
  for (const name of names.filter((name) => scripts.includes(name))) process.exitCode ||= runScript(name);
}
