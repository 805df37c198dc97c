/**
 * The heap of a process that keeps `MAILS` (1,000,000) mails from an async iterable in the SQLite queue, measured after
 * each tenth with the garbage collected. Fails where it grows by more than 16 MB after the first tenth.
 * Run with `node --expose-gc`.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Message } from "@mail/core";
import { createQueue } from "@mail/queue";
import { sqlite } from "@mail/queue/sqlite";

const mails = Number(process.env["MAILS"] ?? 1_000_000);
const allowedMegabytes = 16;

const { gc } = globalThis;
if (gc === undefined) throw new Error("run with node --expose-gc");

async function* messages(): AsyncGenerator<Message> {
  for (let index = 0; index < mails; index++) {
    yield {
      from: "hello@acme.example",
      to: `user${index}@example.com`,
      subject: `Mail ${index}`,
      text: `${index} hello `.repeat(50),
      idempotencyKey: `campaign-${index}`,
    };
  }
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
const folder = mkdtempSync(join(tmpdir(), "mail-bench-"));
const queue = createQueue({ engine: sqlite({ file: join(folder, "mail.db") }) });
const heaps: number[] = [];
const start = performance.now();
try {
  let kept = 0;
  console.log("| mails kept | heap, MB | resident, MB | seconds |\n| ---: | ---: | ---: | ---: |");
  for await (const outcome of queue.enqueueMany(messages())) {
    if (!outcome.ok) throw outcome.error;
    kept++;
    if (kept % (mails / 10) !== 0) continue;
    await gc({ type: "major", execution: "async" });
    const { heapUsed, rss } = process.memoryUsage();
    heaps.push(heapUsed);
    const seconds = Math.round((performance.now() - start) / 1_000);
    console.log(`| ${kept} | ${megabytes(heapUsed)} | ${megabytes(rss)} | ${seconds} |`);
  }
  const { queued } = await queue.stats();
  if (queued !== mails) throw new Error(`${queued} of ${mails} are there`);
} finally {
  await queue.close();
  rmSync(folder, { recursive: true });
}
const growth = megabytes(Math.max(...heaps) - (heaps[0] ?? 0));
console.log(`\nThe heap grew by ${growth} MB after the first tenth.`);
if (growth > allowedMegabytes) throw new Error(`more than ${allowedMegabytes} MB`);
