import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { mail } from "../broker-suite/mails.fixture.ts";
import { redisServer } from "../broker-suite/programs.fixture.ts";
import { TcpProxy } from "../broker-suite/tcp-proxy.fixture.ts";
import { withProgram } from "../broker-suite/with-server.fixture.ts";
import { BullmqProducer } from "./bullmq-producer.ts";

await withProgram("Redis", redisServer, (server) => {
  /** Bytes of Redis's first answers, up to the middle of what BullMQ asks for when it begins. */
  test.each([0, 100, 2_000, 5_000, 5_200, 7_000])(
    "publishes although its first connection is cut after %d bytes",
    async (bytes) => {
      await using proxy = await TcpProxy.open(server.port);
      proxy.cutAfter(bytes, "from server");
      const url = server.url.replace(String(server.port), String(proxy.port));
      const producer = new BullmqProducer({ url, name: randomUUID(), timeoutMs: 20_000, secrets: [] });
      await producer.publish([mail()]);
      await producer.close();
      expect(proxy.cuts).toBeLessThanOrEqual(1);
    },
  );
});
