import type { BrokerCase } from "./describe-broker.fixture.ts";
import { mail, mails } from "./mails.fixture.ts";

export const redelivering: readonly BrokerCase[] = [
  {
    name: "delivers again what a killed process held, and not what it had acked",
    async run(stage, expect) {
      const broker = await stage.open();
      const child = await stage.child();
      const sent = mails(5);
      await broker.publish(sent);
      await child.taken.count(5);
      const consumer = stage.consume(broker, { ack: true, leaseMs: stage.leaseMs });
      await child.kill();
      await consumer.all(sent.map(({ id }) => id));
      expect(new Set(consumer.ids)).toEqual(new Set(sent.map(({ id }) => id)));
    },
  },
  {
    name: "leaves a mail to who holds it as long as that is extended",
    async run(stage, expect) {
      const broker = await stage.open();
      const leaseMs = stage.steadyLeaseMs;
      const holder = stage.consume(broker, { leaseMs });
      const message = mail();
      await broker.publish([message]);
      const held = await holder.delivery(message.id);
      const extending = setInterval(() => held.extend?.(), leaseMs / 3);
      try {
        const second = await stage.open();
        const other = stage.consume(second, { ack: true, leaseMs });
        holder.consumer.pause();
        const late = mail({ dueAt: Date.now() + 3 * leaseMs });
        await second.publish([late]);
        await other.delivery(late.id);
        expect(other.ids).toEqual([late.id]);
      } finally {
        clearInterval(extending);
      }
      await held.ack();
      expect(holder.ids).toEqual([message.id]);
    },
  },
  {
    name: "does not deliver again what was acked, to anybody",
    async run(stage, expect) {
      const broker = await stage.open();
      const { leaseMs } = stage;
      const consumer = stage.consume(broker, { ack: true, leaseMs });
      const acked = mails(50);
      await broker.publish(acked);
      await consumer.all(acked.map(({ id }) => id));
      await broker.close();
      const second = await stage.open();
      const other = stage.consume(second, { leaseMs });
      const late = mail({ dueAt: Date.now() + 2 * stage.leaseMs });
      await second.publish([late]);
      await other.delivery(late.id);
      expect(other.ids).toEqual([late.id]);
    },
  },
  {
    name: "reports a body that cannot be read, and lets go of it then",
    async run(stage, expect) {
      const broker = await stage.open();
      const leaseMs = stage.steadyLeaseMs;
      const consumer = stage.consume(broker, { ack: true, leaseMs });
      await broker.ready();
      await stage.publishRaw(Buffer.from("not a mail"));
      const [found] = await consumer.unreadable.count(1);
      expect(Buffer.from(found?.body ?? []).toString()).toContain("not a mail");
      expect(found?.reason).not.toBe("");
      const late = mail({ dueAt: Date.now() + 2 * leaseMs });
      await broker.publish([late]);
      await consumer.delivery(late.id);
      expect(consumer.unreadable.items).toHaveLength(1);
    },
  },
  {
    name: "keeps a body that cannot be read where that could not be reported",
    async run(stage, expect) {
      const broker = await stage.open();
      let tries = 0;
      const consumer = stage.consume(broker, {
        leaseMs: stage.steadyLeaseMs,
        onUnreadable: async () => {
          if (tries++ === 0) throw new Error("No way to report it now.");
        },
      });
      await broker.ready();
      await stage.publishRaw(Buffer.from("not a mail"));
      await consumer.unreadable.count(2);
      expect(tries).toBe(2);
    },
  },
];
