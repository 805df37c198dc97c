import { jetstreamManager, RetentionPolicy } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { BrokerStage } from "../broker-suite/broker-stage.fixture.ts";
import { mail, mails } from "../broker-suite/mails.fixture.ts";
import { OwnServer, type ServerProgram } from "../broker-suite/own-server.fixture.ts";
import { natsServer } from "../broker-suite/programs.fixture.ts";
import { withProgram } from "../broker-suite/with-server.fixture.ts";
import { natsNames } from "./nats-names.ts";

const module = import.meta.resolve("./nats-broker.fixture.ts");

function started(parameters: readonly string[]): ServerProgram {
  return {
    ...natsServer,
    command: async (port) => ({ parameters: ["-a", "127.0.0.1", "-p", String(port), ...parameters] }),
  };
}

await withProgram("NATS", natsServer, (server) => {
  test("knows how large a mail may be once it is connected, and refuses a larger one", async () => {
    await using stage = await BrokerStage.open({ module, url: server.url });
    const broker = await stage.open();
    expect(broker.maxPayloadBytes).toBeUndefined();
    await broker.ready();
    const { maxPayloadBytes = 0 } = broker;
    expect(maxPayloadBytes).toBeGreaterThan(1_000_000);
    const largest = mail({ payload: Buffer.alloc(maxPayloadBytes, 1) });
    await broker.publish([largest]);
    const delivered = await stage.consume(broker, { ack: true }).delivery(largest.id);
    expect(delivered.message.payload.byteLength).toBe(maxPayloadBytes);
    const error = broker.publish([mail(), mail({ payload: Buffer.alloc(1_100_000) })]);
    await expect(error).rejects.toMatchObject({ code: "message_too_large", delivery: "not_sent" });
  });

  test("leaves nothing in the stream of mails that are done with, scheduled ones and later ones too", async () => {
    await using stage = await BrokerStage.open({ module, url: server.url });
    const broker = await stage.open();
    const consumer = stage.consume(broker);
    const sent = [...mails(10), ...mails(10, { dueAt: Date.now() + 300, priority: 0 })];
    await broker.publish(sent);
    await consumer.all(sent.map(({ id }) => id));
    await Promise.all(consumer.deliveries.items.map((delivery) => delivery.ack()));
    await broker.close();
    const nc = await connect({ servers: new URL(server.url).host });
    const { state } = await (await jetstreamManager(nc)).streams.info(natsNames(stage.name).stream);
    await nc.close();
    expect(state.messages).toBe(0);
  });

  test("refuses a stream of its name that would forget mails", async () => {
    await using stage = await BrokerStage.open({ module, url: server.url });
    const { stream, subjects } = natsNames(stage.name);
    const nc = await connect({ servers: new URL(server.url).host });
    const jsm = await jetstreamManager(nc);
    await jsm.streams.add({ name: stream, subjects: [subjects], retention: RetentionPolicy.Limits, max_msgs: 10 });
    await nc.close();
    const broker = await stage.open();
    await expect(broker.publish([mail()])).rejects.toMatchObject({ code: "configuration", field: "name" });
  });

  test("goes on where its consumers were removed", async () => {
    await using stage = await BrokerStage.open({ module, url: server.url });
    const broker = await stage.open();
    const consumer = stage.consume(broker, { ack: true });
    const [first, second] = [mail(), mail()];
    await broker.publish([first]);
    await consumer.delivery(first.id);
    const nc = await connect({ servers: new URL(server.url).host });
    const jsm = await jetstreamManager(nc);
    const { due, stream } = natsNames(stage.name);
    await Promise.all(due.map(({ durable }) => jsm.consumers.delete(stream, durable)));
    await nc.close();
    await broker.publish([second]);
    await consumer.delivery(second.id);
    expect(consumer.errors.items[0]?.message).toContain("Consumer Deleted");
  });

  test("says what to start where the server has no JetStream", async () => {
    await using plain = await OwnServer.start(started([]));
    await using stage = await BrokerStage.open({ module, url: plain.url });
    const broker = await stage.open(5_000);
    const error: unknown = await broker.publish([mail()]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "unavailable", delivery: "not_sent", hint: expect.stringContaining("-js") });
  });

  test("says that the login is refused, without the password", async () => {
    await using guarded = await OwnServer.start(started(["--user", "app", "--pass", "right-password"]));
    await using stage = await BrokerStage.open({ module, url: server.url });
    const broker = await stage.open(15_000, guarded.url.replace("//", "//app:wrong-password@"));
    const error: unknown = await broker.publish([mail()]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "configuration", field: "servers" });
    expect(JSON.stringify(error) + String(error)).not.toContain("wrong-password");
    const allowed = await stage.open(500, guarded.url.replace("//", "//app:right-password@"));
    await expect(allowed.publish([mail()])).rejects.toMatchObject({ code: "unavailable" });
  });
});
