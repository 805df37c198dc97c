/**
 * Posts 100,000 events, three in ten of them duplicates, from 8 connections to a server that is killed twice, for each
 * store, and says whether the counts are exact: `npm run events -w test`, some minutes.
 */
import { inspect, isDeepStrictEqual } from "node:util";
import { countEvents } from "./count-events.ts";
import { openPlace, type StoreKind } from "./event-place.ts";
import { planEvents } from "./make-events.ts";
import { runEvents } from "./run-events.ts";

const arriving = Number(process.env["EVENTS"] ?? 100_000);
const kinds: readonly StoreKind[] = ["sqlite", "postgres"];

const print = (line: string): boolean => process.stdout.write(`${line}\n`);

const { batches, expected } = planEvents({ arriving, duplicates: 0.3, batchSize: 500, seed: 6 });
const { duplicates, ...counts } = expected;
print("| store | events | duplicates | posts | killed | posted again | suppressed | seconds | counts |");
print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
for (const kind of kinds) {
  await using opened = await openPlace(kind);
  const run = await runEvents({ place: opened.place, batches, connections: 8, kills: 2 });
  const found = await countEvents(opened.place, Object.keys(counts.byType));
  const exact = isDeepStrictEqual(found, counts);
  const cells = [kind, arriving, duplicates, batches.length, run.kills, run.retries, found.suppressed.size];
  print(`| ${[...cells, run.seconds.toFixed(1), exact ? "exact" : "WRONG"].join(" | ")} |`);
  if (exact) continue;
  print(inspect({ expected: counts, found }));
  process.exitCode = 1;
}
