import { setTimeout as sleep } from "node:timers/promises";
import type { BrokerCase } from "./describe-broker.fixture.ts";
import { mail, mails } from "./mails.fixture.ts";

export const consuming: readonly BrokerCase[] = [
  {
    name: "hands out no more mails at once than asked for",
    async run(stage, expect) {
      const broker = await stage.open();
      await broker.publish(mails(50));
      const first = stage.consume(broker, { prefetch: 3, leaseMs: 30_000 });
      await first.deliveries.count(3);
      const second = stage.consume(await stage.open(), { ack: true });
      await second.deliveries.count(47);
      expect(first.ids).toHaveLength(3);
      await first.deliveries.items[0]?.ack();
      const late = mail();
      second.consumer.pause();
      await second.consumer.stop();
      await broker.publish([late]);
      await first.delivery(late.id);
    },
  },
  {
    name: "takes nothing while it is paused, and goes on afterwards",
    async run(stage, expect) {
      const broker = await stage.open();
      const paused = stage.consume(broker, { ack: true });
      const first = mail();
      await broker.publish([first]);
      await paused.delivery(first.id);
      paused.consumer.pause();
      const others = stage.consume(await stage.open(), { ack: true });
      await broker.publish(mails(20));
      await others.deliveries.count(20);
      expect(paused.ids).toEqual([first.id]);
      await others.consumer.stop();
      paused.consumer.resume();
      const last = mail();
      await broker.publish([last]);
      await paused.delivery(last.id);
    },
  },
  {
    name: "gives back at once what it has not passed on when it stops, and can still ack what it holds",
    async run(stage, expect) {
      const broker = await stage.open();
      const sent = mails(100);
      await broker.publish(sent);
      const stopped = stage.consume(broker, { prefetch: 10, leaseMs: 30_000 });
      await stopped.deliveries.count(10);
      await stopped.consumer.stop();
      const held = [...stopped.deliveries.items];
      const other = stage.consume(await stage.open(), { ack: true });
      await other.deliveries.count(100 - held.length);
      await Promise.all(held.map((delivery) => delivery.ack()));
      await broker.close();
      const late = mail({ dueAt: Date.now() + 500 });
      await (await stage.open()).publish([late]);
      await other.delivery(late.id);
      expect([...stopped.ids, ...other.ids].sort()).toEqual([...sent, late].map(({ id }) => id).sort());
    },
  },
  {
    name: "gives back what it holds when it is closed",
    async run(stage, expect) {
      const first = await stage.open();
      const sent = mails(5);
      await first.publish(sent);
      const { leaseMs } = stage;
      const holder = stage.consume(first, { leaseMs });
      await holder.deliveries.count(5);
      await first.close();
      const other = stage.consume(await stage.open(), { ack: true, leaseMs });
      await other.all(sent.map(({ id }) => id));
      expect(new Set(other.ids)).toEqual(new Set(sent.map(({ id }) => id)));
    },
  },
  {
    name: "shares the mails evenly between two consumers",
    async run(stage, expect) {
      const both = [await stage.open(), await stage.open()];
      const consumers = both.map((broker) => stage.consume(broker, { ack: true, prefetch: 5, workMs: 5 }));
      // One may be there long before the other on a busy machine, and would take all of them alone.
      while (consumers.some(({ ids }) => ids.length === 0)) {
        await both[0]?.publish(mails(10));
        await sleep(50);
      }
      const sent = mails(400);
      const ids = new Set(sent.map(({ id }) => id));
      await both[0]?.publish(sent);
      const shares = (): number[] => consumers.map((consumer) => consumer.ids.filter((id) => ids.has(id)).length);
      const all = (): number => shares().reduce((sum, share) => sum + share, 0);
      await Promise.race(consumers.map(({ deliveries }) => deliveries.first(() => all() >= 400)));
      for (const share of shares()) expect(share).toBeGreaterThan(100);
      expect(new Set(consumers.flatMap((consumer) => consumer.ids.filter((id) => ids.has(id)))).size).toBe(400);
    },
  },
  {
    name: "lets its process end by itself once it is closed",
    async run(stage, expect) {
      const broker = await stage.open();
      const child = await stage.child();
      await broker.publish(mails(5));
      await child.taken.count(5);
      expect(await child.close()).toEqual({ code: 0, stderr: "" });
    },
  },
];
