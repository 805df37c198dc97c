import { checkOptions, type OptionRules, type Store } from "@mail/core";
import { type BrokerEngineOptions, brokerEngineRules, defaultTimeoutMs, ledgerOf } from "../broker/engine-options.ts";
import { checkQueueName } from "../broker/queue-name.ts";
import { checkServerUrl } from "../broker/server-url.ts";
import { ledgerEngine } from "../ledger-engine.ts";
import type { QueueEngine } from "../queue-engine.ts";
import { RabbitmqBroker } from "./rabbitmq-broker.ts";

export interface RabbitmqOptions extends BrokerEngineOptions {
  /** `amqp://user:password@host:5672/virtual-host`, or `amqps://…` for TLS. */
  readonly url: string | undefined;
  /** A store with a ledger, such as `postgresStore` of `@mail/store`. It stays open when the engine is closed. */
  readonly store: Pick<Store, "ledger">;
}

const rules: OptionRules<RabbitmqOptions> = {
  url: { type: "string", required: true },
  store: { type: "object", required: true },
  ...brokerEngineRules,
};

/**
 * An engine on RabbitMQ 3.10 or newer, for any number of machines; needs the package amqplib. Mails are in quorum queues,
 * one for each priority, and in a ladder of 20 more, made for the first mail that has to wait, to a tenth of a second. What
 * RabbitMQ does not remember of a mail is kept in `store`. A host that falls silent is noticed by its heartbeat, within
 * leaseMs but not before three seconds. Remove no queues while a RabbitMQ 3.10 starts: it may stop delaying altogether.
 * @throws MailError `configuration` that names the option
 */
export function rabbitmq(options: RabbitmqOptions): QueueEngine {
  checkOptions("rabbitmq", options, rules);
  const { url = "", name, store, timeoutMs = defaultTimeoutMs, keepMs, keepDeadMs } = options;
  checkQueueName(name);
  const secrets = checkServerUrl("url", url, ["amqp", "amqps"], "amqp://user:password@host:5672/virtual-host");
  const broker = new RabbitmqBroker({ url, name, timeoutMs, secrets });
  return ledgerEngine({ broker, ledger: ledgerOf(store), name, keepMs, keepDeadMs });
}
