import type { BrokerCase } from "./describe-broker.fixture.ts";
import { mail } from "./mails.fixture.ts";

const dayMs = 86_400_000;

export const delaying: readonly BrokerCase[] = [
  {
    name: "delivers two thousand mails of as many due times, none early",
    async run(stage, expect) {
      const broker = await stage.open();
      const start = Date.now();
      const sent = Array.from({ length: 2_000 }, (_, index) => mail({ dueAt: start + 500 + index }));
      await broker.publish(sent);
      const consumer = stage.consume(broker, { ack: true, prefetch: 100 });
      await consumer.deliveries.count(2_000);
      expect(new Set(consumer.ids).size).toBe(2_000);
      const early = consumer.deliveries.items.filter(({ at, message }) => at < message.dueAt);
      expect(early.map(({ at, message }) => message.dueAt - at)).toEqual([]);
    },
  },
  {
    name: "keeps a mail for years, and delivers others meanwhile",
    async run(stage, expect) {
      const broker = await stage.open();
      const consumer = stage.consume(broker, { ack: true, prefetch: 2 });
      const far = [20, 60, 400, 4_000, 400_000].map((days) => mail({ dueAt: Date.now() + days * dayMs }));
      await broker.publish([...far, ...far.map((message) => mail({ dueAt: message.dueAt, priority: 0 }))]);
      const soon = mail({ dueAt: Date.now() + 1_500 });
      await broker.publish([soon]);
      await consumer.delivery(soon.id);
      expect(consumer.ids).toEqual([soon.id]);
    },
  },
  {
    name: "delivers a mail again when it is put off, no earlier than asked",
    async run(stage, expect) {
      const broker = await stage.open();
      const consumer = stage.consume(broker);
      const message = mail({ priority: 0, key: "k" });
      await broker.publish([message]);
      const first = await consumer.delivery(message.id);
      const asked = Date.now();
      await first.later(700);
      const second = await consumer.delivery(message.id, 1);
      expect(second.at - asked).toBeGreaterThanOrEqual(700);
      expect({ ...second.message, payload: [] }).toEqual({ ...message, payload: [] });
      expect(Buffer.from(second.message.payload)).toEqual(message.payload);
      await second.later(0);
      const third = await consumer.delivery(message.id, 2);
      await third.ack();
      expect(consumer.deliveries.items).toHaveLength(3);
    },
  },
  {
    name: "puts a mail off for years, also where the process ends meanwhile",
    async run(stage, expect) {
      const broker = await stage.open();
      const consumer = stage.consume(broker);
      const message = mail();
      await broker.publish([message]);
      await (await consumer.delivery(message.id)).later(400 * dayMs);
      await broker.close();
      const second = await stage.open();
      const other = stage.consume(second);
      const soon = mail({ dueAt: Date.now() + 2 * stage.leaseMs });
      await second.publish([soon]);
      await other.delivery(soon.id);
      expect(other.ids).toEqual([soon.id]);
    },
  },
];
