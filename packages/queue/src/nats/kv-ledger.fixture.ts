import { randomUUID } from "node:crypto";
import { type LedgerStore, memoryStore, type Store } from "@mail/core";
import type { StoreSubject } from "@mail/store/conformance";
import { KvLedger } from "./kv-ledger.ts";
import { bucketName } from "./kv-ledger-names.ts";
import { deleteStreams } from "./nats-broker.fixture.ts";
import { NatsConnection } from "./nats-connection.ts";
import { natsNames } from "./nats-names.ts";

export interface OpenedLedger {
  readonly ledger: KvLedger;
  readonly connection: NatsConnection;
  close(): Promise<void>;
}

/** A ledger with a connection of its own, as one process more would. */
export function openLedger(url: string, name: string, timeoutMs = 20_000): OpenedLedger {
  const { host } = new URL(url);
  const server = { servers: [host], tls: false, name, replicas: 1, timeoutMs, secrets: [] };
  const connection = new NatsConnection(server);
  return { ledger: new KvLedger({ ...server, connection }), connection, close: () => connection.close() };
}

/** For the conformance suite of stores, which looks at no more of it than the ledger. */
export function ledgerSubject(url: string): StoreSubject {
  const prefix = `test-${randomUUID()}-`;
  const queues = new Set<string>();
  return {
    open() {
      const { ledger, close } = openLedger(url, prefix);
      const own = (queue: string): string => {
        queues.add(prefix + queue);
        return prefix + queue;
      };
      const store: Store = Object.assign(memoryStore(), { ledger: withNames(ledger, own), close });
      return store;
    },
    close: () =>
      deleteStreams(url, [natsNames(prefix).stream, ...[...queues].map((queue) => `KV_${bucketName(queue)}`)]),
  };
}

/** The cases have names of their own, which all runs on a server would share. */
function withNames(ledger: LedgerStore, own: (queue: string) => string): LedgerStore {
  return {
    add: (queue, ...rest) => ledger.add(own(queue), ...rest),
    find: (queue, ...rest) => ledger.find(own(queue), ...rest),
    change: (queue, ...rest) => ledger.change(own(queue), ...rest),
    renew: (queue, ...rest) => ledger.renew(own(queue), ...rest),
    list: (queue, ...rest) => ledger.list(own(queue), ...rest),
    counts: (queue) => ledger.counts(own(queue)),
    prune: (queue, ...rest) => ledger.prune(own(queue), ...rest),
    pausedBy: (queue) => ledger.pausedBy(own(queue)),
    setPaused: (queue, ...rest) => ledger.setPaused(own(queue), ...rest),
  };
}
