import { describeBroker } from "../broker-suite/describe-broker.fixture.ts";
import { redisServer } from "../broker-suite/programs.fixture.ts";
import { withServer } from "../broker-suite/with-server.fixture.ts";

const redis = { variables: ["REDIS_URL"], usual: "redis://127.0.0.1:6379", program: redisServer };

await withServer("Redis", redis, (url) =>
  describeBroker("BullMQ", { module: import.meta.resolve("./bullmq-broker.fixture.ts"), url }),
);
