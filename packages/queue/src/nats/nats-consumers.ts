import type { ConsumerInfo, JetStreamManager } from "@nats-io/jetstream";
import type { NatsClient } from "./nats-connection.ts";
import type { NatsConsumerName } from "./nats-names.ts";

const nanosPerMs = 1_000_000;
/**
 * After how long a mail that is not due yet is handed out again whose answer got lost, in milliseconds. A server that was
 * killed has forgotten for how long mails are put off, and asks about all of them again after this time.
 */
const laterWaitMs = 3_000;

/** Makes the durable consumers, and gives those that are there the lease of this worker. */
export async function ensureConsumers({ jsm, names }: NatsClient, leaseMs: number): Promise<void> {
  await Promise.all([
    ...names.due.map((name) => ensure(jsm, names.stream, name, leaseMs)),
    ensure(jsm, names.stream, names.later, laterWaitMs),
  ]);
}

async function ensure(jsm: JetStreamManager, stream: string, name: NatsConsumerName, waitMs: number): Promise<void> {
  const { AckPolicy, DeliverPolicy } = await import("@nats-io/jetstream");
  const ack_wait = waitMs * nanosPerMs;
  const found = await find(jsm, stream, name.durable);
  if (found?.config.ack_wait === ack_wait) return;
  if (found !== undefined) return void (await jsm.consumers.update(stream, name.durable, { ack_wait }));
  await jsm.consumers.add(stream, {
    durable_name: name.durable,
    filter_subject: name.subject,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait,
    // Neither how often a mail is put off nor how many are may ever stop the others.
    max_deliver: -1,
    max_ack_pending: -1,
  });
}

async function find(jsm: JetStreamManager, stream: string, durable: string): Promise<ConsumerInfo | undefined> {
  const { JetStreamApiCodes, JetStreamApiError } = await import("@nats-io/jetstream");
  try {
    return await jsm.consumers.info(stream, durable);
  } catch (thrown) {
    if (thrown instanceof JetStreamApiError && thrown.code === JetStreamApiCodes.ConsumerNotFound) return undefined;
    throw thrown;
  }
}
