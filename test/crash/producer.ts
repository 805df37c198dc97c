import { once } from "node:events";
import { createQueue } from "@mail/queue";
import type { ProducerOrder } from "./children.ts";
import { openEngine } from "./engines.ts";

const batchSize = 20;

const [{ engine, numbers }] = (await once(process, "message")) as [ProducerOrder];
const queue = createQueue({ engine: await openEngine(engine), waitMs: 60_000 });
for (let start = 0; start < numbers.length; start += batchSize) {
  const batch = numbers.slice(start, start + batchSize);
  const outcomes = await queue.enqueueMany(
    batch.map((number) => ({
      from: "hello@acme.example",
      to: "ada@example.com",
      subject: String(number),
      text: "Hello",
      idempotencyKey: `mail ${number}`,
    })),
  );
  for (const outcome of outcomes) if (!outcome.ok) process.stderr.write(`not kept: ${outcome.error.message}\n`);
  const kept = outcomes.flatMap((outcome, index) => (outcome.ok ? [[batch[index], outcome.id]] : []));
  process.send?.({ kept });
}
process.send?.({ done: true });
await queue.close();
