import { Redis } from "ioredis";
import { describeStore } from "../conformance/index.ts";
import { redisUrl, uniqueName, whyNoServer } from "../test-servers.fixture.ts";
import { redisStore } from "./index.ts";

const skip = await whyNoServer("Redis", redisUrl, "redis");

describeStore(
  "redisStore()",
  () => {
    const prefix = `${uniqueName()}:`;
    return {
      open: () => redisStore({ url: redisUrl, prefix }),
      async close() {
        const client = new Redis(redisUrl);
        const keys = await client.keys(`${prefix}*`);
        if (keys.length > 0) await client.del(keys);
        client.disconnect();
      },
    };
  },
  skip,
);
