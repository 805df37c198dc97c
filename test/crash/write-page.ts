/**
 * Kills 50 processes over 10,000 mails for each engine and each `onUnknown`, and its broker as well, and writes
 * docs/crashes.md. About ten minutes: `npm run crashes -w test`.
 */
import { writeFileSync } from "node:fs";
import { disturbance } from "./disturb.ts";
import { type EngineKind, openPlace } from "./places.ts";
import { type CrashReport, runCrashes } from "./run-crashes.ts";

const mails = Number(process.env["MAILS"] ?? 10_000);
const kills = Number(process.env["KILLS"] ?? 50);
const kinds: readonly EngineKind[] = ["sqlite", "bullmq", "nats", "rabbitmq"];

interface Row extends CrashReport {
  readonly restarts: number;
  readonly cuts: number;
}

const rows: Row[] = [];
for (const onUnknown of ["hold", "retry"] as const) {
  for (const kind of kinds) {
    await using place = await openPlace(kind, "crash");
    const brokers = disturbance(place, [0.3, 0.7], 11);
    const report = await runCrashes({
      engine: place.engine,
      mails,
      kills,
      seed: 11,
      onUnknown,
      leaseMs: 2_000,
      disturb: (progress) => brokers.step(progress),
      report: (line) => process.stderr.write(`\r${line}   `),
    });
    process.stderr.write("\n");
    rows.push({ ...report, restarts: brokers.restarts, cuts: brokers.cuts });
  }
}

const cells = (row: Row): readonly (string | number)[] => [
  row.engine,
  `\`"${row.onUnknown}"\``,
  row.kills,
  row.restarts || "–",
  row.cuts || "–",
  row.sentOnce,
  row.held,
  row.doubled - row.doubledInSilence,
  row.doubledInSilence,
  row.lost,
  row.seconds,
];
const heads = [
  "engine",
  "`onUnknown`",
  "processes killed",
  "broker killed",
  "connections cut",
  "sent once",
  "held as `unknown`",
  "sent twice, and told",
  "sent twice in silence",
  "lost",
  "seconds",
];
const line = (list: readonly (string | number)[]): string => `| ${list.join(" | ")} |`;
const page = `# What happens in crashes

A producer keeps ${mails.toLocaleString("en")} mails in a queue, each with an idempotency key, and two workers send them to a server that
counts. Meanwhile ${kills} of these processes are killed with SIGKILL at seeded moments and started again, and so is the broker;
the broker's connections are cut in the middle of whatever they carry.

A mail that a worker was sending when it was killed may have gone out. With \`onUnknown: "hold"\` it is held as \`unknown\`
and reported, and nothing is sent twice. With \`onUnknown: "retry"\` it is sent again with the same Message-ID, and every
mail that the server got twice was reported as unknown before.

${line(heads)}
${line(heads.map((_, index) => (index < 2 ? "---" : "---:")))}
${rows.map((row) => line(cells(row))).join("\n")}

Made by \`npm run crashes -w test\`; \`test/crash\` runs the same with fewer mails in every test run.
`;
writeFileSync(new URL("../../docs/crashes.md", import.meta.url), page);
process.stdout.write(page);
const wrong = rows.filter(
  ({ lost, doubledInSilence, dead, onUnknown, doubled }) =>
    lost + doubledInSilence + dead + (onUnknown === "hold" ? doubled : 0) > 0,
);
if (wrong.length > 0) throw new Error(`Lost or doubled: ${JSON.stringify(wrong)}`);
