import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { redisServer } from "../broker-suite/programs.fixture.ts";
import { withServer } from "../broker-suite/with-server.fixture.ts";
import { describeEngine } from "../engine-suite/describe-engine.fixture.ts";
import { remove } from "./bullmq-broker.fixture.ts";
import { bullmq } from "./index.ts";

const redis = { variables: ["REDIS_URL"], usual: "redis://127.0.0.1:6379", program: redisServer };

await withServer("Redis", redis, (url) =>
  describeEngine("bullmq", {
    module: import.meta.resolve("./bullmq-engine.fixture.ts"),
    async createStorage() {
      const name = `test-${randomUUID()}`;
      return { name: JSON.stringify({ url, name }), remove: () => removeAll(url, name) };
    },
    openUnreachable: async () => bullmq({ url: "redis://127.0.0.1:1", name: "nowhere", timeoutMs: 200 }),
  }),
);

async function removeAll(url: string, name: string): Promise<void> {
  await remove(url, name);
  const client = new Redis(url);
  const keys = await client.keys(`mail:*${name}*`);
  if (keys.length > 0) await client.del(...keys);
  client.disconnect();
}
