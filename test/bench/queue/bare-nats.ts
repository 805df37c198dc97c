import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { type BenchSubject, batches, Countdown, concurrency, type Load } from "./subject.ts";

/** JetStream's publish and a pull consumer with confirmed acks. */
export async function bareNats(load: Load, servers: string, name: string): Promise<BenchSubject> {
  const connection = await connect({ servers });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name, subjects: [name] });
  await manager.consumers.add(name, {
    durable_name: name,
    ack_policy: AckPolicy.Explicit,
    max_ack_pending: concurrency,
  });
  const client = jetstream(connection);
  return {
    name: `JetStream ${load.name}`,
    async fill(count) {
      for (const size of batches(count))
        await Promise.all(Array.from({ length: size }, (_, index) => client.publish(name, load.make(index))));
    },
    async drain(count) {
      const countdown = new Countdown(count);
      const consumer = await client.consumers.get(name, name);
      const messages = await consumer.consume({ max_messages: concurrency });
      const reading = (async () => {
        for await (const message of messages)
          void load
            .use(message.data)
            .then(() => message.ackAck())
            .then(() => countdown.step());
      })();
      await countdown.done;
      await messages.close();
      await reading;
    },
    async close() {
      await manager.streams.delete(name);
      await connection.close();
    },
  };
}
