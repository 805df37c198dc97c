import { Queue, Worker } from "bullmq";
import { type BenchSubject, batches, body, Countdown, concurrency } from "./subject.ts";

/** BullMQ's own `addBulk` and worker. */
export function bareBullmq(url: string, name: string): BenchSubject {
  const connection = { url, maxRetriesPerRequest: null };
  const queue = new Queue(name, { connection });
  const data = { body: body.toString("base64") };
  const opts = { removeOnComplete: true, priority: 1 };
  return {
    name: "BullMQ alone",
    async fill(count) {
      for (const size of batches(count))
        await queue.addBulk(Array.from({ length: size }, () => ({ name: "mail", data, opts })));
    },
    async drain(count) {
      const countdown = new Countdown(count);
      const worker = new Worker(name, async () => undefined, { connection, concurrency });
      worker.on("completed", () => countdown.step());
      worker.on("error", () => undefined);
      await countdown.done;
      await worker.close();
    },
    async close() {
      await queue.obliterate({ force: true });
      await queue.close();
    },
  };
}
