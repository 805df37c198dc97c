/**
 * How the work of each parser grows with the length of its input: the worst of many repeated patterns, at n, 2n, 4n and
 * 8n characters, in CPU time. Eight times the input may take eight times the time; 64 times is a parser that a hostile
 * input can stop.
 * `npx node --conditions=@mail/source test/bench/parser-growth.ts [name …]`
 */
import { growthCases, type Parse } from "../fuzz/growth-cases.ts";
import { hostileInputs } from "../fuzz/hostile-inputs.ts";

const start = 32_768;
const steps = [1, 2, 4, 8] as const;
/** Below this a ratio says nothing: start-up and the clock weigh more. */
const noiseMs = 20;
/** For eight times the input. */
const superLinear = 20;

/** The quickest of some rounds, in milliseconds of CPU time: other programs may be running. */
async function timed(parse: Parse, input: string, rounds: number): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds && (round === 0 || best < 1_000); round++) {
    const from = process.cpuUsage();
    try {
      await parse(input);
    } catch {
      // Refused, which counts as well.
    }
    const { user, system } = process.cpuUsage(from);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

const chosen = process.argv.slice(2);
console.log(`| parser | worst input | ${steps.map((step) => `${(step * start) / 1024} k`).join(" | ")} | 8n : n | |`);
console.log(`| --- | --- | ${steps.map(() => "---").join(" | ")} | --- | --- |`);
for (const [name, parse] of Object.entries(growthCases)) {
  if (chosen.length > 0 && !chosen.some((part) => name.includes(part))) continue;
  const worst = { label: "", ms: -1, make: (_length: number) => "" };
  for (const { label, make } of hostileInputs) {
    const ms = await timed(parse, make(start), 2);
    if (ms > worst.ms) Object.assign(worst, { label, ms, make });
  }
  const times: number[] = [];
  for (const step of steps) times.push(await timed(parse, worst.make(start * step), 5));
  const [first = 0, , , last = 0] = times;
  const ratio = last / first;
  const verdict = last > noiseMs && ratio > superLinear ? "**super-linear**" : "";
  const cells = times.map((ms) => `${ms.toFixed(1)} ms`).join(" | ");
  console.log(`| ${name} | \`${worst.label.replaceAll("|", "\\|")}\` | ${cells} | ${ratio.toFixed(1)} | ${verdict} |`);
}
