import { expect, test } from "vitest";
import { BrokerStage } from "../broker-suite/broker-stage.fixture.ts";
import { mail } from "../broker-suite/mails.fixture.ts";
import { rabbitmqWith } from "../broker-suite/programs.fixture.ts";
import { withProgram } from "../broker-suite/with-server.fixture.ts";

/** Less than the server takes itself, so that the server is in alarm from the start. */
const full = rabbitmqWith({ "vm_memory_high_watermark.absolute": "10MB" });

await withProgram("RabbitMQ", full, (server) => {
  test("a RabbitMQ that takes no mails for now is said to be so, and why", { timeout: 60_000 }, async () => {
    const module = import.meta.resolve("./rabbitmq-broker.fixture.ts");
    await using stage = await BrokerStage.open({ module, url: server.url, keepQueues: true });
    await (await stage.open(30_000)).ready();
    const broker = await stage.open(10_000);
    await expect(broker.publish([mail()])).rejects.toMatchObject({
      code: "unavailable",
      hint: expect.stringContaining("memory"),
      message: expect.stringContaining("low on memory"),
    });
  });
});
