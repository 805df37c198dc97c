import { readFileSync, writeFileSync } from "node:fs";
import { endOfMatrix } from "../faults-page.ts";
import { openResources } from "../open-resources.ts";
import { runSoak, type SoakReport } from "./run-soak.ts";

const mails = 20_000;
const seed = 20_261_125;
const file = new URL("../../../docs/faults.md", import.meta.url);

const report = await runSoak({
  mails,
  seed,
  onProgress: (done) => void (done % 100 === 0 && process.stderr.write(`\r${done} of ${mails} mails`)),
});
process.stderr.write("\n");
const left = (await openResources()).length;
const { lost, toldWrongly, doubled } = report;
const section = soakSection(report, left);
process.stdout.write(section);
if (lost + toldWrongly + doubled + left > 0) throw new Error("The soak found what must not be.");
const [matrix] = readFileSync(file, "utf8").split(endOfMatrix);
writeFileSync(file, `${matrix}${endOfMatrix}\n\n${section}`);

function soakSection(result: SoakReport, openAtEnd: number): string {
  const number = (value: number) => value.toLocaleString("en-GB");
  const megabytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MB`;
  const phases = [...result.phases].filter(([mood]) => mood !== "well");
  const rows: readonly (readonly [string, string | number])[] = [
    ["sent at the first try", result.sentAtOnce],
    ["sent at a later try, or by the other server", result.sentLater],
    ["told `unknown`, and in truth not there", result.unknownAbsent],
    ["told `unknown`, and in truth there", result.unknownArrived],
    ["told `not_sent`, and not there", result.notSent],
    ["**lost**: told sent, but not there", result.lost],
    ["**told wrongly**: `not_sent`, but there", result.toldWrongly],
    ["**doubled**", result.doubled],
    ["sockets, servers and timers left open at the end", openAtEnd],
    ["memory in use after a tenth of the mails", megabytes(result.heapEarly)],
    ["memory in use at the end", megabytes(result.heapLate)],
  ];
  const lines = rows.map(([name, value]) => `| ${name} | ${typeof value === "number" ? number(value) : value} |`);
  return `## A long bad day

${number(mails)} mails, ${number(50)} at a time, through \`retry(rateLimit(failover([a, b])))\`, \`a\` by SMTP and \`b\` by SendGrid's API.
Meanwhile both servers have moods, by seeded chance, up to a quarter of a second each: ${phases
    .map(([mood, times]) => `${mood} ${number(times)} times`)
    .join(", ")}.

| | |
| --- | ---: |
${lines.join("\n")}

It took ${Math.round(result.durationMs / 1000)} seconds. Made by \`npm run soak -w test\`; a tenth of it runs with the tests.
`;
}
