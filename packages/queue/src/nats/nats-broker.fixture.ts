import { jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import type { Broker } from "../broker.ts";
import { bucketName } from "./kv-ledger-names.ts";
import { NatsBroker } from "./nats-broker.ts";
import { natsNames } from "./nats-names.ts";

export async function openBroker(url: string, name: string, timeoutMs = 20_000): Promise<Broker> {
  const { host, username, password } = new URL(url);
  return new NatsBroker({
    servers: [host],
    ...(username !== "" && { user: username, pass: password }),
    ...{ tls: false, name, replicas: 1, timeoutMs, secrets: [password] },
  });
}

export async function publishRaw(url: string, name: string, body: Uint8Array): Promise<void> {
  await withConnection(url, async (nc) => void (await nc.request(`mail.${name}.due.1`, body)));
}

export async function remove(url: string, name: string): Promise<void> {
  await deleteStreams(url, [natsNames(name).stream, `KV_${bucketName(name)}`]);
}

export async function deleteStreams(url: string, streams: readonly string[]): Promise<void> {
  await withConnection(url, async (nc) => {
    const jsm = await jetstreamManager(nc, { checkAPI: false });
    await Promise.all(streams.map((stream) => jsm.streams.delete(stream).catch(() => false)));
  });
}

async function withConnection(url: string, use: (nc: NatsConnection) => Promise<void>): Promise<void> {
  const nc = await connect({ servers: new URL(url).host });
  try {
    await use(nc);
  } finally {
    await nc.close();
  }
}
