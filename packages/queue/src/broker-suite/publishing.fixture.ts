import type { BrokerCase } from "./describe-broker.fixture.ts";
import { mail, mails } from "./mails.fixture.ts";

export const publishing: readonly BrokerCase[] = [
  {
    name: "delivers a mail whole, whatever bytes and letters are in it",
    async run(stage, expect) {
      const broker = await stage.open();
      const every = Uint8Array.from({ length: 1_024 }, (_, index) => index);
      const sent = [
        mail({ payload: every, key: "Schlüssel 🔑", record: '{"text":"Grüße \\u0000 ✉️"}', replays: 3, priority: 0 }),
        mail({ payload: new Uint8Array(), keyMs: 0 }),
      ];
      await broker.publish(sent);
      const consumer = stage.consume(broker);
      await consumer.deliveries.count(2);
      for (const message of sent) {
        const found = (await consumer.delivery(message.id)).message;
        expect({ ...found, payload: [...found.payload] }).toEqual({ ...message, payload: [...message.payload] });
      }
    },
  },
  {
    name: "takes a thousand mails in one call, and delivers each once",
    async run(stage, expect) {
      const broker = await stage.open();
      const sent = mails(1_000);
      await broker.publish(sent);
      const consumer = stage.consume(broker, { ack: true, prefetch: 50 });
      await consumer.deliveries.count(1_000);
      const last = mail();
      await broker.publish([last]);
      await consumer.delivery(last.id);
      expect([...consumer.ids].sort()).toEqual([...sent, last].map(({ id }) => id).sort());
    },
  },
  {
    name: "takes no mails at all in one call",
    async run(stage) {
      const broker = await stage.open();
      await broker.publish([]);
    },
  },
  {
    name: "keeps mails that nobody takes yet, also when it was closed meanwhile",
    async run(stage, expect) {
      const first = await stage.open();
      const sent = mails(20);
      await first.publish(sent);
      await first.close();
      const consumer = stage.consume(await stage.open(), { ack: true });
      await consumer.deliveries.count(20);
      expect([...consumer.ids].sort()).toEqual(sent.map(({ id }) => id).sort());
    },
  },
  {
    name: "lets a high priority overtake ten thousand low ones that wait",
    async run(stage, expect) {
      const broker = await stage.open();
      for (let batch = 0; batch < 10; batch++) await broker.publish(mails(1_000, { priority: 2 }));
      const high = mail({ priority: 0 });
      await broker.publish([high]);
      const consumer = stage.consume(broker, { ack: true, prefetch: 10 });
      await consumer.delivery(high.id);
      expect(consumer.ids.indexOf(high.id)).toBeLessThan(100);
    },
  },
  {
    name: "lets a high priority overtake low ones that are being taken",
    async run(stage, expect) {
      const broker = await stage.open();
      await broker.publish(mails(1_000, { priority: 2 }));
      const consumer = stage.consume(broker, { ack: true, prefetch: 5, workMs: 5 });
      await consumer.deliveries.count(10);
      const high = mail({ priority: 0 });
      await broker.publish([high]);
      await consumer.delivery(high.id);
      expect(consumer.ids.indexOf(high.id)).toBeLessThan(500);
    },
  },
];
