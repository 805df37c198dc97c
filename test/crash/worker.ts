import { once } from "node:events";
import { createQueue } from "@mail/queue";
import type { WorkerOrder } from "./children.ts";
import { openEngine } from "./engines.ts";
import { sinkTransport } from "./sink-transport.ts";

const [order] = (await once(process, "message")) as [WorkerOrder];
const { engine, sinkPort, onUnknown, leaseMs, concurrency } = order;
const queue = createQueue({ engine: await openEngine(engine), onUnknown, retry: { backoff: { initialMs: 50 } } });
queue.work(sinkTransport(sinkPort), { leaseMs, concurrency });
