import { describeOutages } from "../broker-suite/describe-outages.fixture.ts";
import { redisServer } from "../broker-suite/programs.fixture.ts";
import { withProgram } from "../broker-suite/with-server.fixture.ts";

await withProgram("Redis", redisServer, (server) =>
  describeOutages("BullMQ", { module: import.meta.resolve("./bullmq-broker.fixture.ts") }, server),
);
