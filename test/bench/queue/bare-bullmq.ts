import { Queue, Worker } from "bullmq";
import { type BenchSubject, batches, Countdown, concurrency, type Load } from "./subject.ts";

/** BullMQ's own `addBulk` and worker. */
export function bareBullmq(load: Load, url: string, name: string): BenchSubject {
  const connection = { url, maxRetriesPerRequest: null };
  const queue = new Queue(name, { connection });
  const opts = { removeOnComplete: true, priority: 1 };
  return {
    name: `BullMQ ${load.name}`,
    async fill(count) {
      for (const size of batches(count))
        await queue.addBulk(
          Array.from({ length: size }, (_, index) => ({
            name: "mail",
            data: load.make(index).toString("base64"),
            opts,
          })),
        );
    },
    async drain(count) {
      const countdown = new Countdown(count);
      const worker = new Worker(name, (job) => load.use(Buffer.from(job.data, "base64")), { connection, concurrency });
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
