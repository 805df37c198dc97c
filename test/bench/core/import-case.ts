import { spawnSync } from "node:child_process";
import type { BenchCase } from "../suite/bench-case.ts";
import { formatted, median, range, ratioText } from "../suite/statistics.ts";

const ours = ["@mail/core", "@mail/smtp"];
const rival = ["nodemailer"];
const imports = [
  ours,
  rival,
  ["@upyo/core", "@upyo/smtp"],
  ["@mail/core"],
  ["@mail/sendgrid"],
  ["@mail/mailgun"],
  ["@mail/ses"],
  ["@mail/mock"],
];
/** Imports are short, so there are more of them. */
const perRound = 3;

export const importCase: BenchCase = {
  name: "import",
  title: "First import",
  about: "In a new process, as an app imports the built packages.",
  async run(rounds) {
    const samples = new Map(imports.map((names) => [names, [] as number[]]));
    for (let round = 0; round <= rounds * perRound; round++)
      for (const [names, list] of samples) {
        const ms = importMs(names);
        if (round > 0) list.push(ms);
      }
    const of = (names: readonly string[]): number => median(samples.get(names as string[]) ?? []);
    return {
      columns: ["", "ms", "min–max", "× nodemailer"],
      rows: [...samples].map(([names, list]) => [
        names.join(" + "),
        formatted(median(list), 1),
        range(list, 1),
        ratioText(median(list) / of(rival)),
      ]),
      verdicts: [
        {
          what: `${ours.join(" + ")}, ms`,
          required: `no more than nodemailer (${formatted(of(rival), 1)})`,
          measured: formatted(of(ours), 1),
          met: of(ours) <= of(rival),
        },
      ],
    };
  },
};

/** Milliseconds that the imports take in a new process. */
function importMs(names: readonly string[]): number {
  const statements = names.map((name) => `await import(${JSON.stringify(name)});`).join(" ");
  const script = `const start = performance.now(); ${statements} console.log(performance.now() - start);`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}
