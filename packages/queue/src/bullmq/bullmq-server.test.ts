import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { BrokerStage } from "../broker-suite/broker-stage.fixture.ts";
import { mail, mails } from "../broker-suite/mails.fixture.ts";
import { redisServer } from "../broker-suite/programs.fixture.ts";
import { withProgram } from "../broker-suite/with-server.fixture.ts";

const module = import.meta.resolve("./bullmq-broker.fixture.ts");

await withProgram("Redis", redisServer, (server) => {
  const open = async () => {
    const redis = new Redis(server.url, { maxRetriesPerRequest: null });
    const stage = await BrokerStage.open({ module, url: server.url });
    return {
      redis,
      stage,
      [Symbol.asyncDispose]: async () => {
        await stage[Symbol.asyncDispose]();
        redis.disconnect();
      },
    };
  };

  test("reports a job whose data was damaged in Redis", async () => {
    await using opened = await open();
    const { redis, stage } = opened;
    const broker = await stage.open();
    await broker.publish([mail()]);
    const [key = ""] = await redis.keys(`bull:${stage.name}:1`);
    await redis.hset(key, "data", '{"cut off');
    const consumer = stage.consume(broker);
    const [found] = await consumer.unreadable.count(1);
    expect(Buffer.from(found?.body ?? []).toString()).toBe('{"cut off');
  });

  test("leaves nothing in Redis of a mail that is done with, and never calls one failed", async () => {
    await using opened = await open();
    const { redis, stage } = opened;
    const broker = await stage.open();
    const sent = mails(100);
    await broker.publish(sent);
    const child = await stage.child();
    await child.taken.count(10);
    await child.kill();
    const consumer = stage.consume(broker, { ack: true, leaseMs: stage.leaseMs });
    await consumer.all(sent.map(({ id }) => id));
    await broker.close();
    const queue = new Queue(stage.name, { connection: redis });
    expect(await queue.getJobCounts()).toEqual(
      expect.objectContaining({ active: 0, completed: 0, delayed: 0, failed: 0, prioritized: 0, waiting: 0 }),
    );
    const keys = await redis.keys(`bull:${stage.name}:*`);
    expect(keys.length).toBeLessThan(10);
    await queue.close();
  });

  test("refuses a Redis that throws mails away when its memory is full", async () => {
    await using opened = await open();
    const { redis, stage } = opened;
    const broker = await stage.open();
    await redis.config("SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru");
    try {
      await expect(broker.publish([mail()])).rejects.toMatchObject({
        code: "configuration",
        field: "url",
        hint: "Set maxmemory-policy to noeviction.",
      });
    } finally {
      await redis.config("SET", "maxmemory-policy", "noeviction", "maxmemory", "0");
    }
    await broker.publish([mail()]);
  });

  test("says that Redis is full, and that the mail was not taken", async () => {
    await using opened = await open();
    const { redis, stage } = opened;
    const broker = await stage.open();
    await broker.ready();
    await redis.config("SET", "maxmemory", "1");
    try {
      await expect(broker.publish([mail()])).rejects.toMatchObject({ code: "unavailable", delivery: "not_sent" });
      await expect(broker.publish(mails(2))).rejects.toMatchObject({ code: "unavailable", delivery: "unknown" });
    } finally {
      await redis.config("SET", "maxmemory", "0");
    }
  });

  test("says that the login is refused, without the password", async () => {
    await using opened = await open();
    const { redis, stage } = opened;
    await redis.acl("SETUSER", "app", "on", ">right-password", "~*", "+@all");
    const url = server.url.replace("//", "//app:wrong-password@");
    const broker = await stage.open(15_000, url);
    const error: unknown = await broker.publish([mail()]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "configuration", field: "url" });
    expect(JSON.stringify(error) + String(error)).not.toContain("wrong-password");
  });
});
