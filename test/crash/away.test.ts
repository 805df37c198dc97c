import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { killProcess } from "../../packages/queue/src/engine-suite/kill-process.fixture.ts";
import { startChild, type WorkerOrder } from "./children.ts";
import type { EngineConfig } from "./engines.ts";

const nobody = "127.0.0.1:1";
/** Of the ledger, which is there. */
const redisUrl = process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379";
const name = "away";

test.each<EngineConfig>([
  { kind: "bullmq", url: `redis://${nobody}`, name },
  { kind: "nats", url: `nats://${nobody}`, name, redisUrl },
  { kind: "rabbitmq", url: `amqp://${nobody}`, name, redisUrl },
])("a worker whose $kind is away when it starts goes on trying", async (engine) => {
  const order: WorkerOrder = { role: "worker", engine, sinkPort: 1, onUnknown: "hold", leaseMs: 1_000, concurrency: 1 };
  const worker = startChild(
    order,
    () => undefined,
    () => undefined,
  );
  try {
    // Longer than its first tries take.
    const ended = await Promise.race([once(worker, "exit"), sleep(3_000, "at work")]);
    expect(ended).toBe("at work");
  } finally {
    await killProcess(worker);
  }
});
