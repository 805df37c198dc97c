import { type Channel, connect } from "amqplib";
import type { Broker } from "../broker.ts";
import { RabbitmqBroker } from "./rabbitmq-broker.ts";
import { rabbitmqNames } from "./rabbitmq-topology.ts";

export async function openBroker(url: string, name: string, timeoutMs = 20_000): Promise<Broker> {
  return new RabbitmqBroker({ url, name, timeoutMs, secrets: [new URL(url).password] });
}

export async function publishRaw(url: string, name: string, body: Uint8Array): Promise<void> {
  await withChannel(url, async (channel) => {
    channel.sendToQueue(rabbitmqNames(name).due[1] ?? "", Buffer.from(body));
  });
}

export async function remove(url: string, name: string): Promise<void> {
  const { due, dueExchange, wait } = rabbitmqNames(name);
  await withChannel(url, async (channel) => {
    for (const queue of [...due, ...wait]) await channel.deleteQueue(queue);
    for (const exchange of [dueExchange, ...wait]) await channel.deleteExchange(exchange);
  });
}

async function withChannel(url: string, use: (channel: Channel) => Promise<void>): Promise<void> {
  const connection = await connect(url);
  try {
    const channel = await connection.createChannel();
    await use(channel);
    await channel.close();
  } finally {
    await connection.close();
  }
}
