import { createQueue, type QueueEngine } from "@mail/queue";
import { type BenchSubject, Countdown, concurrency, message, nowhere } from "./subject.ts";

/** A queue on one of our engines, with a transport that takes each mail at once. */
export function ours(name: string, engine: QueueEngine): BenchSubject {
  const queue = createQueue({ engine });
  return {
    name,
    async fill(count) {
      const { queued } = await queue.enqueueMany(messages(count));
      if (queued !== count) throw new Error(`${name}: ${queued} of ${count} were kept`);
    },
    async drain(count) {
      const countdown = new Countdown(count);
      const off = queue.on("sent", () => countdown.step());
      await using _worker = queue.work(nowhere, { concurrency });
      await countdown.done;
      off();
    },
    close: () => queue.close(),
  };
}

function* messages(count: number) {
  for (let index = 0; index < count; index++) yield message(index);
}
