import { Queue } from "bullmq";
import { Redis } from "ioredis";
import type { Broker } from "../broker.ts";
import { BullmqBroker } from "./bullmq-broker.ts";

export async function openBroker(url: string, name: string, timeoutMs = 20_000): Promise<Broker> {
  return new BullmqBroker({ url, name, timeoutMs, secrets: [] });
}

export async function publishRaw(url: string, name: string, body: Uint8Array): Promise<void> {
  await withQueue(url, name, async (queue) => void (await queue.add("mail", Buffer.from(body).toString())));
}

export async function remove(url: string, name: string): Promise<void> {
  await withQueue(url, name, (queue) => queue.obliterate({ force: true }));
}

async function withQueue(url: string, name: string, use: (queue: Queue) => Promise<void>): Promise<void> {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue(name, { connection });
  try {
    await use(queue);
  } finally {
    await queue.close();
    connection.disconnect();
  }
}
