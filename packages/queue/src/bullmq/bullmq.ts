import { checkOptions, type OptionRules } from "@mail/core";
import { redisStore } from "@mail/store/redis";
import { type BrokerEngineOptions, brokerEngineRules, defaultTimeoutMs, ledgerOf } from "../broker/engine-options.ts";
import { checkQueueName } from "../broker/queue-name.ts";
import { checkServerUrl } from "../broker/server-url.ts";
import { ledgerEngine } from "../ledger-engine.ts";
import type { QueueEngine } from "../queue-engine.ts";
import { BullmqBroker } from "./bullmq-broker.ts";

export interface BullmqOptions extends BrokerEngineOptions {
  /** `redis://user:password@host:6379/0`, or `rediss://…` for TLS. */
  readonly url: string | undefined;
}

const rules: OptionRules<BullmqOptions> = { url: { type: "string", required: true }, ...brokerEngineRules };

/**
 * An engine on BullMQ and Redis 6.2 or newer, for any number of machines; needs the packages bullmq and ioredis. What
 * BullMQ does not remember of a mail is kept in the same Redis. Mails are as durable as that writes them: `appendonly yes`,
 * and `appendfsync always` where not even the last second may be lost. `maxmemory-policy` has to be `noeviction`.
 * @throws MailError `configuration` that names the option
 */
export function bullmq(options: BullmqOptions): QueueEngine {
  checkOptions("bullmq", options, rules);
  const { url = "", name, timeoutMs = defaultTimeoutMs, keepMs, keepDeadMs } = options;
  checkQueueName(name);
  const secrets = checkServerUrl("url", url, ["redis", "rediss"], "redis://user:password@host:6379/0");
  const store = redisStore({ url, timeoutMs });
  const broker = new BullmqBroker({ url, name, timeoutMs, secrets });
  const engine = ledgerEngine({ broker, ledger: ledgerOf(store), name, keepMs, keepDeadMs });
  const closeEngine = engine.close;
  return Object.assign(engine, {
    async close(): Promise<void> {
      await closeEngine();
      await store.close();
    },
  });
}
