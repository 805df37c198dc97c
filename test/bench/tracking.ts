/**
 * Events per second through `tracker.handle`, and the memory of a process that takes them, beside a bare insert into the
 * same database: SendGrid's signed batches of 500 from 8 at once, Mailgun's single posts from 16. Medians of interleaved
 * rounds, each sample in a process and a database of its own. Needs PostgreSQL (`DATABASE_URL`); run it by
 * `npx node --conditions=@mail/source test/bench/tracking.ts`. `EVENTS` (50,000) per sample, a fifth for single posts.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import type { Sample, SampleOrder } from "./tracking/sample.ts";

const rounds = Number(process.env["ROUNDS"] ?? 5);
const events = Number(process.env["EVENTS"] ?? 50_000);

const orders: readonly SampleOrder[] = (["sqlite", "postgres"] as const).flatMap((store) =>
  (["sendgrid", "mailgun"] as const).flatMap((load) =>
    (["tracker", "bare insert"] as const).map((subject) => ({
      store,
      load,
      subject,
      events: load === "mailgun" ? Math.ceil(events / 5) : events,
    })),
  ),
);

async function measure(order: SampleOrder): Promise<Sample> {
  const child = fork(new URL("./tracking/sample.ts", import.meta.url), {
    execArgv: ["--conditions=@mail/source", "--expose-gc"],
  });
  child.send(order);
  const [sample] = await once(child, "message");
  return sample as Sample;
}

const samples = new Map<SampleOrder, Sample[]>(orders.map((order) => [order, []]));
for (let round = 0; round < rounds; round++) {
  for (const [order, list] of samples) list.push(await measure(order));
}

const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
const columns = ["perSecond", "peakResidentMb", "heapMb"] as const;

console.log("| store | load | subject | events/s, median | min–max | peak resident, MB | heap afterwards, MB |");
console.log("| --- | --- | --- | ---: | ---: | ---: | ---: |");
for (const [{ store, load, subject }, list] of samples) {
  const [speed, resident, heap] = columns.map((column) => median(list.map((sample) => sample[column])).toFixed(0));
  const speeds = list.map(({ perSecond }) => perSecond);
  const range = `${Math.min(...speeds).toFixed(0)}–${Math.max(...speeds).toFixed(0)}`;
  console.log(`| ${store} | ${load} | ${subject} | ${speed} | ${range} | ${resident} | ${heap} |`);
}
