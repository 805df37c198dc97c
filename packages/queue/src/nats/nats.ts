import { checkOptions, misconfigured, type OptionRules, type Store } from "@mail/core";
import { type BrokerEngineOptions, brokerEngineRules, defaultTimeoutMs, ledgerOf } from "../broker/engine-options.ts";
import { checkQueueName } from "../broker/queue-name.ts";
import { ledgerEngine } from "../ledger-engine.ts";
import type { QueueEngine } from "../queue-engine.ts";
import { KvLedger } from "./kv-ledger.ts";
import { NatsBroker } from "./nats-broker.ts";
import { NatsConnection } from "./nats-connection.ts";
import { readServers } from "./read-servers.ts";

export interface NatsOptions extends BrokerEngineOptions {
  /** `nats://user:password@host:4222`, or `tls://…` for TLS; a token stands in the place of the user. Several of one cluster as a list. */
  readonly servers: string | readonly string[] | undefined;
  /**
   * A store with a ledger, such as `postgresStore` of `@mail/store`. It stays open when the engine is closed. Default: a
   * bucket of JetStream, which is enough for some 100,000 mails.
   */
  readonly store?: Pick<Store, "ledger"> | undefined;
  /** On how many servers of a cluster each mail is, from 1 to 5. Default 1. Counts when the queue is used first. */
  readonly replicas?: number | undefined;
}

const rules: OptionRules<NatsOptions> = {
  servers: { type: ["string", "array"], required: true },
  store: { type: "object" },
  replicas: { type: "integer", min: 1, max: 5 },
  ...brokerEngineRules,
};

/**
 * An engine on NATS 2.9 or newer with JetStream, for any number of machines; needs the packages @nats-io/transport-node and
 * @nats-io/jetstream. What JetStream does not remember of a mail is kept in `store`, or else in a bucket, by @nats-io/kv:
 * there `list` and `stats` of the queue read what is known of every mail, so give a store where that is more than some
 * 100,000. A server writes mails to its disk at once, but has the system flush it every two minutes only, unless it is told
 * otherwise (`sync_interval`): where a machine may lose its power, use replicas. After a crash of the server scheduled mails
 * are late by up to three seconds.
 * @throws MailError `configuration` that names the option
 */
export function nats(options: NatsOptions): QueueEngine {
  checkOptions("nats", options, rules);
  const { name, store, replicas = 1, timeoutMs = defaultTimeoutMs, keepMs, keepDeadMs } = options;
  checkQueueName(name);
  const servers = [options.servers].flat();
  if (servers.length === 0) throw misconfigured("servers", "is an empty list", "Give at least one server.");
  const server = { ...readServers(servers), name, replicas, timeoutMs };
  const connection = new NatsConnection(server);
  const ledger = store === undefined ? new KvLedger({ ...server, connection }) : ledgerOf(store);
  return ledgerEngine({ broker: new NatsBroker(server, connection), ledger, name, keepMs, keepDeadMs });
}
