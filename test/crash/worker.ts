import { createQueue } from "@mail/queue";
import type { WorkerOrder } from "./children.ts";
import { openEngine } from "./engines.ts";
import { sinkTransport } from "./sink-transport.ts";

process.once("message", async ({ engine, sinkPort, onUnknown, leaseMs, concurrency }: WorkerOrder) => {
  const queue = createQueue({ engine: await openEngine(engine), onUnknown, retry: { backoff: { initialMs: 50 } } });
  queue.work(sinkTransport(sinkPort), { leaseMs, concurrency });
});
