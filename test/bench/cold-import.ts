/** How long a first import takes: fresh processes, interleaved rounds, medians. Run `npm run build` before. */
import { spawnSync } from "node:child_process";

const rounds = 11;
const cases = ["@mail/core", "@mail/smtp", "@mail/sendgrid", "@mail/mailgun", "@mail/ses", "@mail/mock", "nodemailer"];

/** Milliseconds that importing `specifier` takes in a new process. */
function importMs(specifier: string): number {
  const script = `const start = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - start);`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: import.meta.dirname,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return Number(stdout);
}

const samples = new Map(cases.map((name) => [name, [] as number[]]));
for (let round = 0; round <= rounds; round++) {
  for (const [name, list] of samples) {
    const ms = importMs(name);
    if (round > 0) list.push(ms);
  }
}

const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
const rival = median(samples.get("nodemailer") ?? []);
console.log("| import | median ms | min–max ms | of nodemailer alone |\n| --- | --- | --- | --- |");
for (const [name, list] of samples) {
  const [low, high] = [Math.min(...list), Math.max(...list)].map((ms) => ms.toFixed(1));
  console.log(`| ${name} | ${median(list).toFixed(1)} | ${low}–${high} | ${(median(list) / rival).toFixed(2)} |`);
}
