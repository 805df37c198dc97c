/**
 * Each engine of the queue, from `enqueueMany` to the transport, beside what an app would write by hand with the engine's
 * client library (the same mails, without states, leases, keys and retries), and beside that library moving bytes; in the
 * same run: mails kept a second, in batches of 500, and mails worked through a second, 50 at once, by a transport
 * that takes `TRANSPORT_MS` (0) milliseconds. Medians of `ROUNDS` (3) rounds of `MAILS` (5,000) mails.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bullmq } from "@mail/queue/bullmq";
import { nats } from "@mail/queue/nats";
import { rabbitmq } from "@mail/queue/rabbitmq";
import { sqlite } from "@mail/queue/sqlite";
import { redisStore } from "@mail/store/redis";
import { bareBullmq } from "./queue/bare-bullmq.ts";
import { bareNats } from "./queue/bare-nats.ts";
import { bareRabbitmq } from "./queue/bare-rabbitmq.ts";
import { bareSqlite } from "./queue/bare-sqlite.ts";
import { ours } from "./queue/ours.ts";
import { type BenchSubject, bytesAlone, type Load, mailsByHand } from "./queue/subject.ts";

const {
  REDIS_URL = "redis://127.0.0.1:6379",
  RABBITMQ_URL = "amqp://guest:guest@127.0.0.1:5672",
  NATS_URL = "nats://127.0.0.1:4222",
} = process.env;
const mails = Number(process.env["MAILS"] ?? 5_000);
const rounds = Number(process.env["ROUNDS"] ?? 3);
const only = process.argv.slice(2);

const folder = mkdtempSync(join(tmpdir(), "mail-bench-"));
const store = redisStore({ url: REDIS_URL });
let made = 0;
const name = (): string => `bench-${process.pid}-${made++}`;
type Open = (load: Load) => BenchSubject | Promise<BenchSubject>;
const pairs: Readonly<Record<string, readonly [engine: Open, alone: Open]>> = {
  sqlite: [
    () => ours("sqlite", sqlite({ file: join(folder, `${name()}.db`) })),
    (load) => bareSqlite(load, join(folder, name())),
  ],
  bullmq: [
    () => ours("bullmq", bullmq({ url: REDIS_URL, name: name() })),
    (load) => bareBullmq(load, REDIS_URL, name()),
  ],
  nats: [
    () => ours("nats", nats({ servers: NATS_URL, name: name(), store })),
    (load) => bareNats(load, NATS_URL, name()),
  ],
  rabbitmq: [
    () => ours("rabbitmq", rabbitmq({ url: RABBITMQ_URL, name: name(), store })),
    (load) => bareRabbitmq(load, RABBITMQ_URL, name()),
  ],
};

interface Rates {
  readonly fill: number[];
  readonly drain: number[];
}

interface Row extends Rates {
  name: string;
  readonly load: Load | undefined;
}

async function measure(opened: BenchSubject | Promise<BenchSubject>, rates: Rates): Promise<string> {
  const subject = await opened;
  try {
    await subject.fill(200);
    await subject.drain(200);
    let start = performance.now();
    await subject.fill(mails);
    rates.fill.push((mails * 1_000) / (performance.now() - start));
    start = performance.now();
    await subject.drain(mails);
    rates.drain.push((mails * 1_000) / (performance.now() - start));
    return subject.name;
  } finally {
    await subject.close();
  }
}

const median = (list: readonly number[]): number =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;

console.log(
  "| | kept a second | of by hand | worked through a second | of by hand |\n| --- | ---: | ---: | ---: | ---: |",
);
for (const [kind, [openEngine, openAlone]] of Object.entries(pairs)) {
  if (only.length > 0 && !only.includes(kind)) continue;
  const rows = [bytesAlone, mailsByHand, undefined].map((load) => ({ load, name: "", fill: [], drain: [] }) as Row);
  for (let round = 0; round < rounds; round++)
    for (const row of rows)
      row.name = await measure(row.load === undefined ? openEngine(mailsByHand) : openAlone(row.load), row);
  const byHand = rows[1] as Row;
  for (const { name: label, fill, drain } of rows.toReversed()) {
    const cells = ([fill, drain] as const).map((of, index) => {
      const ratio = median(of) / median(index === 0 ? byHand.fill : byHand.drain);
      return `${Math.round(median(of))} | ${ratio.toFixed(2)}`;
    });
    console.log(`| ${label} | ${cells.join(" | ")} |`);
  }
}
await store.close();
rmSync(folder, { recursive: true });
