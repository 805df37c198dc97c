import { test } from "vitest";
import { BrokerStage } from "../broker-suite/broker-stage.fixture.ts";
import { mail } from "../broker-suite/mails.fixture.ts";
import { rabbitmqServer } from "../broker-suite/programs.fixture.ts";
import { withProgram } from "../broker-suite/with-server.fixture.ts";
import { rabbitmqNames } from "./rabbitmq-topology.ts";

const module = import.meta.resolve("./rabbitmq-broker.fixture.ts");

await withProgram("RabbitMQ", rabbitmqServer, (server) => {
  test("a queue whose leader does not answer holds up no other priority, nor the end", {
    timeout: 60_000,
  }, async () => {
    await using stage = await BrokerStage.open({ module, url: server.url, keepQueues: true });
    const broker = await stage.open(30_000);
    // More than are handed out before the first are acked.
    const waiting = Array.from({ length: 100 }, () => mail({ priority: 1 }));
    await broker.publish(waiting);
    const [, , low] = rabbitmqNames(stage.name).due;
    await server.tool("/usr/lib/rabbitmq/bin/rabbitmqctl", ["eval", `sys:suspend('%2F_${low}').`]);
    const taking = await stage.open(1_000);
    const consumer = stage.consume(taking, { ack: true });
    await Promise.all(waiting.map(({ id }) => consumer.delivery(id)));
    await taking.close();
    await server.kill();
  });
});
