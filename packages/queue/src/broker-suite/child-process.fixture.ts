import type { Delivery } from "../broker.ts";
import type { BrokerModule } from "./broker-subject.fixture.ts";
import { mail } from "./mails.fixture.ts";

/** Runs as a process of its own: takes mails and holds them until it is told to close, or is killed. */
const [module = "", url = "", name = "", leaseMs = ""] = process.argv.slice(2);
const { openBroker }: BrokerModule = await import(module);
const broker = await openBroker(url, name);
const held: Delivery[] = [];
broker.subscribe({
  prefetch: 10,
  leaseMs: Number(leaseMs),
  onDelivery: (delivery) => {
    held.push(delivery);
    process.send?.(delivery.message.id);
  },
  onUnreadable: async () => undefined,
  onError: (error) => process.stderr.write(`${error.message}\n`),
});

process.once("message", () => void close());
process.on("disconnect", () => {
  // With the parent gone nobody would end this process.
  if (process.ppid === 1) process.exit();
});

async function close(): Promise<void> {
  await Promise.all(held.map((delivery) => delivery.ack()));
  await broker.publish([mail({ dueAt: Date.now() + 3_600_000 })]);
  await broker.close();
  process.disconnect();
}
