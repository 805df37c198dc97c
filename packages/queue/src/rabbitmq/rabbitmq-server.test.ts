import { type Channel, connect } from "amqplib";
import { describe, expect, test } from "vitest";
import { encodeMessage } from "../broker/message-frame.ts";
import { BrokerStage } from "../broker-suite/broker-stage.fixture.ts";
import { mail, mails } from "../broker-suite/mails.fixture.ts";
import { rabbitmqServer } from "../broker-suite/programs.fixture.ts";
import { withServer } from "../broker-suite/with-server.fixture.ts";
import { dueHeader } from "./rabbitmq-producer.ts";
import { rabbitmqNames } from "./rabbitmq-topology.ts";

const module = import.meta.resolve("./rabbitmq-broker.fixture.ts");
const rabbitmq = {
  variables: ["RABBITMQ_URL", "AMQP_URL"],
  usual: "amqp://guest:guest@127.0.0.1:5672",
  program: rabbitmqServer,
};

await withServer("RabbitMQ", rabbitmq, (url) => {
  const withChannel = async <T>(use: (channel: Channel) => Promise<T>): Promise<T> => {
    const connection = await connect(url);
    try {
      return await use(await connection.createChannel());
    } finally {
      await connection.close();
    }
  };

  describe("RabbitMQ's queues", { timeout: 60_000 }, () => {
    test("are made anew where somebody has removed one, and nothing published is lost", async () => {
      await using stage = await BrokerStage.open({ module, url });
      const broker = await stage.open();
      await broker.publish([mail()]);
      const { due, dueExchange } = rabbitmqNames(stage.name);
      await withChannel((channel) => channel.deleteQueue(due[1] ?? ""));
      const [first, second] = [mail(), mail({ dueAt: Date.now() + 300 })];
      await broker.publish([first]);
      await withChannel((channel) => channel.deleteExchange(dueExchange));
      const consumer = stage.consume(await stage.open(), { ack: true });
      await consumer.delivery(first.id);
      await broker.publish([second]);
      await consumer.delivery(second.id);
    });

    test("are all there before a worker gets its first mail, those that delay too", async () => {
      await using stage = await BrokerStage.open({ module, url });
      const broker = await stage.open();
      const message = mail();
      await broker.publish([message]);
      await stage.consume(broker, { ack: true }).delivery(message.id);
      const { wait } = rabbitmqNames(stage.name);
      const counts = await withChannel(async (channel) => {
        const found: number[] = [];
        for (const queue of wait) found.push((await channel.checkQueue(queue)).messageCount);
        return found;
      });
      expect(counts).toEqual(wait.map(() => 0));
    });

    test("are consumed again where one was removed and made anew", async () => {
      await using stage = await BrokerStage.open({ module, url });
      const broker = await stage.open();
      const consumer = stage.consume(broker, { ack: true });
      const [first, second] = [mail(), mail()];
      await broker.publish([first]);
      await consumer.delivery(first.id);
      await withChannel((channel) => channel.deleteQueue(rabbitmqNames(stage.name).due[1] ?? ""));
      await broker.publish([second]);
      await consumer.delivery(second.id);
    });

    test("delay a mail again that waited for as long as they can, but not for long enough", async () => {
      await using stage = await BrokerStage.open({ module, url });
      const broker = await stage.open();
      await broker.ready();
      const consumer = stage.consume(broker, { ack: true });
      const message = mail({ priority: 0 });
      const until = Date.now() + 900;
      await withChannel(async (channel) => {
        const queue = rabbitmqNames(stage.name).due[0] ?? "";
        channel.sendToQueue(queue, encodeMessage(message), { persistent: true, headers: { [dueHeader]: until } });
        await channel.close();
      });
      const delivery = await consumer.delivery(message.id);
      expect(delivery.at).toBeGreaterThanOrEqual(until);
    });

    test("are empty once all mails are done with", async () => {
      await using stage = await BrokerStage.open({ module, url });
      const broker = await stage.open();
      const consumer = stage.consume(broker);
      const sent = [...mails(10), ...mails(10, { dueAt: Date.now() + 300, priority: 2 })];
      await broker.publish(sent);
      await consumer.all(sent.map(({ id }) => id));
      await Promise.all(consumer.deliveries.items.map((delivery) => delivery.ack()));
      await broker.close();
      const { due, wait } = rabbitmqNames(stage.name);
      const left = await withChannel(async (channel) => {
        const counts: number[] = [];
        for (const queue of [...due, ...wait]) counts.push((await channel.purgeQueue(queue)).messageCount);
        return counts;
      });
      expect(left.reduce((sum, count) => sum + count, 0)).toBe(0);
    });

    test("never drop a mail, however often workers die with it", async () => {
      await using stage = await BrokerStage.open({ module, url });
      const broker = await stage.open();
      const message = mail();
      await broker.publish([message]);
      const consumer = stage.consume(broker);
      for (let times = 0; times < 30; times++) await (await consumer.delivery(message.id, times)).later(0);
      await consumer.delivery(message.id, 30);
    });
  });

  test("RabbitMQ's refusal of a login is told without the password", async () => {
    await using stage = await BrokerStage.open({ module, url });
    const guarded = new URL(url);
    guarded.username = "nobody";
    guarded.password = "wrong-password";
    const broker = await stage.open(15_000, guarded.href);
    const error: unknown = await broker.publish([mail()]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "configuration", field: "url" });
    expect(JSON.stringify(error) + String(error)).not.toContain("wrong-password");
    guarded.username = "guest";
    guarded.password = "guest";
    guarded.pathname = "/not-there";
    const elsewhere = await stage.open(5_000, guarded.href);
    await expect(elsewhere.publish([mail()])).rejects.toMatchObject({
      code: "unavailable",
      delivery: "not_sent",
      hint: expect.stringContaining("virtual host"),
    });
  });
});
