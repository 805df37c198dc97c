import type { QueueEngine } from "@mail/queue";
import { bullmq } from "@mail/queue/bullmq";
import { nats } from "@mail/queue/nats";
import { rabbitmq } from "@mail/queue/rabbitmq";
import { sqlite } from "@mail/queue/sqlite";
import { redisStore } from "@mail/store/redis";

/** Where an engine keeps its mails; plain data, so that child processes can open the same. */
export type EngineConfig =
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "bullmq"; readonly url: string; readonly name: string }
  | { readonly kind: "rabbitmq"; readonly url: string; readonly name: string; readonly redisUrl: string }
  | { readonly kind: "nats"; readonly url: string; readonly name: string; readonly redisUrl: string };

export function openEngine(config: EngineConfig): QueueEngine {
  switch (config.kind) {
    case "sqlite":
      return sqlite({ file: config.file });
    case "bullmq":
      return bullmq({ url: config.url, name: config.name });
    case "rabbitmq":
      return rabbitmq({ url: config.url, name: config.name, store: redisStore({ url: config.redisUrl }) });
    case "nats":
      return nats({ servers: config.url, name: config.name, store: redisStore({ url: config.redisUrl }) });
  }
}
