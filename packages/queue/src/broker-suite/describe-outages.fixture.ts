import { MailError } from "@mail/core";
import { describe, test } from "vitest";
import type { Broker, BrokerMessage } from "../broker.ts";
import { BrokerStage } from "./broker-stage.fixture.ts";
import type { BrokerSubject } from "./broker-subject.fixture.ts";
import { mail, mails } from "./mails.fixture.ts";
import type { OwnServer } from "./own-server.fixture.ts";
import { TcpProxy } from "./tcp-proxy.fixture.ts";

const secret = "s3cret-word";

/** Short for a time limit, and long enough for a busy machine to connect. */
const shortMs = 1_500;

export interface OutageSubject extends Omit<BrokerSubject, "url"> {
  /** How long a queue has to exist before its server may be killed without losing it, in milliseconds. Default: 0. */
  readonly settleMs?: number;
}

/** What every broker does when its server or the way to it breaks. The server is killed and started again. */
export function describeOutages(name: string, subject: OutageSubject, server: OwnServer): void {
  const urlAt = (port: number): string => `${new URL(server.url).protocol}//127.0.0.1:${port}`;
  const stageOf = (): Promise<BrokerStage> =>
    // RabbitMQ 3.10 delays nothing any more once a queue that delays was removed while the server was starting.
    BrokerStage.open({ ...subject, url: server.url, keepQueues: true });
  const settled = async (broker: Broker): Promise<void> => {
    await broker.publish([mail({ dueAt: Date.now() + 3_600_000 })]);
    await new Promise((resolve) => setTimeout(resolve, subject.settleMs ?? 0));
  };

  describe(`${name} when its server or the way to it breaks`, { timeout: 90_000 }, () => {
    test("fails fast where nobody listens, and shows no password", async ({ expect }) => {
      await using stage = await stageOf();
      await using closed = await TcpProxy.open(1);
      const url = urlAt(closed.port).replace("//", `//user:${secret}@`);
      const broker = await stage.open(300, url);
      for (const call of [broker.publish([mail()]), broker.ready()]) {
        const error: unknown = await call.catch((thrown: unknown) => thrown);
        if (!MailError.is(error)) throw new Error("It did not fail by a MailError.");
        expect(error).toMatchObject({ code: "unavailable", delivery: "not_sent", retryable: true });
        expect(error.hint).not.toBe("");
        expect(JSON.stringify([error, error.message, error.hint, String(error.cause)])).not.toContain(secret);
      }
    });

    test("fails within its time where the server says nothing any more", async ({ expect }) => {
      await using stage = await stageOf();
      await using proxy = await TcpProxy.open(server.port);
      await (await stage.open()).publish([mail()]);
      const broker = await stage.open(shortMs, urlAt(proxy.port));
      await untilPublished(broker, [mail()]);
      proxy.silence(true);
      await expect(broker.publish([mail()])).rejects.toMatchObject({ code: "unavailable", delivery: "unknown" });
      proxy.silence(false);
      const later = mail();
      await untilPublished(broker, [later]);
      await stage.consume(broker).delivery(later.id);
    });

    test("has what was published when its server was killed, and consumers and producers go on by themselves", async ({
      expect,
    }) => {
      await using stage = await stageOf();
      await settled(await stage.open());
      const [producer, worker] = [await stage.open(shortMs), await stage.open(shortMs)];
      const consumer = stage.consume(worker, { ack: true, leaseMs: stage.leaseMs });
      const first = mail();
      await untilPublished(producer, [first]);
      await consumer.delivery(first.id);
      consumer.consumer.pause();
      const sent = mails(300);
      await untilPublished(producer, sent);
      await server.kill();
      await expect(producer.publish([mail()])).rejects.toMatchObject({ code: "unavailable" });
      await server.start();
      consumer.consumer.resume();
      await consumer.all(sent.map(({ id }) => id));
      const last = mail();
      await untilPublished(producer, [last]);
      await consumer.delivery(last.id);
      expect(consumer.errors.items.length).toBeLessThan(20);
      expect(consumer.errors.items.every((error) => MailError.is(error))).toBe(true);
    });

    test("keeps what is scheduled over a crash of its server, and delivers it no earlier", async ({ expect }) => {
      await using stage = await stageOf();
      const broker = await stage.open();
      const consumer = stage.consume(broker, { ack: true, leaseMs: stage.leaseMs });
      await settled(broker);
      const dueAt = Date.now() + 2_000;
      const sent = [0, 1, 2].flatMap((priority) => mails(10, { dueAt, priority }));
      await broker.publish(sent);
      await server.kill();
      await server.start();
      await consumer.all(sent.map(({ id }) => id));
      expect(consumer.deliveries.items.filter(({ at, message }) => at < message.dueAt)).toEqual([]);
    });

    test("waits for its server where it is given the time", async () => {
      await using stage = await stageOf();
      const broker = await stage.open(60_000);
      await settled(broker);
      await server.kill();
      const message = mail();
      const consumer = stage.consume(broker, { leaseMs: stage.leaseMs });
      await Promise.all([broker.publish([message]), server.start()]);
      await consumer.delivery(message.id);
    });

    test("loses nothing of what was cut off in the middle of publishing", async ({ expect }) => {
      await using stage = await stageOf();
      await using proxy = await TcpProxy.open(server.port);
      const broker = await stage.open(5_000, urlAt(proxy.port));
      const consumer = stage.consume(await stage.open(), { ack: true, leaseMs: stage.leaseMs, prefetch: 100 });
      await settled(broker);
      const sent: BrokerMessage[] = [];
      const random = numbers(7);
      for (let round = 0; round < 30; round++) {
        const batch = mails(20, { payload: Buffer.alloc(500, round) });
        sent.push(...batch);
        proxy.cutAfter(Math.floor(random() * 40_000), round % 2 === 0 ? "to server" : "from server");
        await untilPublished(broker, batch);
      }
      await consumer.all(sent.map(({ id }) => id));
      expect(proxy.cuts).toBeGreaterThan(5);
    });

    test("loses nothing, and keeps nothing for ever, where it is cut off in the middle of acking", async ({
      expect,
    }) => {
      await using stage = await stageOf();
      await using proxy = await TcpProxy.open(server.port);
      const direct = await stage.open();
      await settled(direct);
      const sent = mails(400);
      await direct.publish(sent);
      const cutOff = await stage.open(5_000, urlAt(proxy.port));
      const random = numbers(11);
      const leaseMs = stage.steadyLeaseMs;
      const consumer = stage.consume(cutOff, { ack: true, leaseMs, prefetch: 20, workMs: 1 });
      for (let cut = 1; cut <= 8; cut++) {
        const arrived = consumer.deliveries.items.length;
        await consumer.deliveries.count(arrived + 10);
        proxy.cutAfter(Math.floor(random() * 2_000), cut % 2 === 0 ? "to server" : "from server");
      }
      await consumer.all(sent.map(({ id }) => id));
      expect(proxy.cuts).toBeGreaterThan(3);
      // What is acked more than a lease ago does not come again; what was cut off comes again within two.
      const late = mail({ dueAt: Date.now() + 3 * leaseMs });
      await direct.publish([late]);
      await consumer.delivery(late.id);
      const seen = consumer.ids.length;
      const later = mail({ dueAt: Date.now() + 2 * leaseMs });
      await direct.publish([later]);
      await consumer.delivery(later.id);
      expect(consumer.ids.length).toBe(seen + 1);
    });
  });
}

/** Publishes again and again until it is known to be durable. */
async function untilPublished(broker: Broker, batch: readonly BrokerMessage[]): Promise<void> {
  for (let failures = 0; failures < 50; failures++) {
    try {
      return await broker.publish(batch);
    } catch (thrown) {
      if (!MailError.is(thrown) || thrown.code !== "unavailable") throw thrown;
    }
  }
  throw new Error("It was not published in fifty tries.");
}

/** Numbers between 0 and 1 that are the same at each run (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
