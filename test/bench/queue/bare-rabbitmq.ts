import { connect } from "amqplib";
import { type BenchSubject, batches, Countdown, concurrency, type Load } from "./subject.ts";

/** amqplib's confirms and acks on a quorum queue. */
export async function bareRabbitmq(load: Load, url: string, name: string): Promise<BenchSubject> {
  const connection = await connect(url);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(name, { durable: true, arguments: { "x-queue-type": "quorum" } });
  return {
    name: `amqplib ${load.name}`,
    async fill(count) {
      for (const size of batches(count)) {
        for (let index = 0; index < size; index++) channel.sendToQueue(name, load.make(index), { persistent: true });
        await channel.waitForConfirms();
      }
    },
    async drain(count) {
      const countdown = new Countdown(count);
      await channel.prefetch(concurrency);
      const { consumerTag } = await channel.consume(name, (message) => {
        if (message === null) return;
        void load.use(message.content).then(() => {
          channel.ack(message);
          countdown.step();
        });
      });
      await countdown.done;
      await channel.cancel(consumerTag);
    },
    async close() {
      await channel.deleteQueue(name);
      await connection.close();
    },
  };
}
