/**
 * How long a one-time password takes from `enqueue` until its transport is called, while a worker sends a campaign of
 * `MAILS` (100,000) mails with 50 at once, each of which takes 20 ms. The worst of `ROUNDS` (20) passwords, in
 * milliseconds; a second is the most that is allowed. Takes `sqlite` and `bullmq` (with `REDIS_URL`), or those named.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { allFields, type Message, type Transport } from "@mail/core";
import { createQueue, type QueueEngine } from "@mail/queue";
import { bullmq } from "@mail/queue/bullmq";
import { nats } from "@mail/queue/nats";
import { rabbitmq } from "@mail/queue/rabbitmq";
import { sqlite } from "@mail/queue/sqlite";
import { redisStore } from "@mail/store/redis";

const {
  REDIS_URL = "redis://127.0.0.1:6379",
  RABBITMQ_URL = "amqp://guest:guest@127.0.0.1:5672",
  NATS_URL = "nats://127.0.0.1:4222",
} = process.env;
const mails = Number(process.env["MAILS"] ?? 100_000);
const rounds = Number(process.env["ROUNDS"] ?? 20);
const allowedMs = 1_000;

const folder = mkdtempSync(join(tmpdir(), "mail-bench-"));
const name = `overtake-${process.pid}`;
const engines: Readonly<Record<string, () => QueueEngine>> = {
  sqlite: () => sqlite({ file: join(folder, "mail.db") }),
  bullmq: () => bullmq({ url: REDIS_URL, name }),
  nats: () => nats({ servers: NATS_URL, name, store: redisStore({ url: REDIS_URL }) }),
  rabbitmq: () => rabbitmq({ url: RABBITMQ_URL, name, store: redisStore({ url: REDIS_URL }) }),
};

const mail = { from: "hello@acme.example", to: "ada@example.com", text: "Hello ".repeat(20) };

function* campaign(): Generator<Message> {
  for (let index = 0; index < mails; index++) yield { ...mail, subject: `Offer ${index}`, priority: "low" };
}

async function overtakingMs(engine: QueueEngine): Promise<readonly number[]> {
  await using queue = createQueue({ engine });
  const { queued } = await queue.enqueueMany(campaign());
  if (queued !== mails) throw new Error(`${queued} of ${mails} were kept`);
  let asked = Promise.withResolvers<number>();
  let begun = Promise.withResolvers<void>();
  let sent = 0;
  const transport: Transport = {
    name: "slow",
    features: { fields: allFields, envelopeRecipients: true },
    async send({ subject, envelope }) {
      if (subject === "Your code") asked.resolve(performance.now());
      else if (++sent % 500 === 0) begun.resolve();
      await sleep(20);
      return { status: "sent", accepted: envelope.to, rejected: [] };
    },
  };
  const worker = queue.work(transport, { concurrency: 50 });
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await begun.promise;
    const start = performance.now();
    await queue.enqueue({ ...mail, subject: "Your code", priority: "high" });
    times.push((await asked.promise) - start);
    asked = Promise.withResolvers();
    begun = Promise.withResolvers();
  }
  await worker.close();
  return times.toSorted((one, other) => one - other);
}

const only = process.argv.slice(2);
let isSlow = false;
try {
  console.log("| engine | median, ms | worst, ms |\n| --- | ---: | ---: |");
  for (const engine of only.length > 0 ? only : ["sqlite", "bullmq"]) {
    const open = engines[engine];
    if (open === undefined) throw new Error(`no engine ${engine}: ${Object.keys(engines).join(", ")}`);
    const times = await overtakingMs(open());
    const worst = Math.round(times.at(-1) ?? Number.NaN);
    isSlow ||= !(worst < allowedMs);
    console.log(`| ${engine} | ${Math.round(times[times.length >> 1] ?? Number.NaN)} | ${worst} |`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
if (isSlow) throw new Error(`more than ${allowedMs} ms`);
// Stores keep their connections until the end.
process.exit();
