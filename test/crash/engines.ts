import type { Store } from "@mail/core";
import type { QueueEngine } from "@mail/queue";

/** Where an engine keeps its mails; plain data, so that child processes can open the same. */
export type EngineConfig =
  | { readonly kind: "sqlite"; readonly file: string }
  | { readonly kind: "bullmq"; readonly url: string; readonly name: string }
  | { readonly kind: "rabbitmq"; readonly url: string; readonly name: string; readonly redisUrl: string }
  | { readonly kind: "nats"; readonly url: string; readonly name: string; readonly redisUrl: string };

/** Opens an engine. Each loads what it needs alone, so that a child process starts quickly. */
export async function openEngine(config: EngineConfig): Promise<QueueEngine> {
  switch (config.kind) {
    case "sqlite": {
      const { sqlite } = await import("@mail/queue/sqlite");
      return sqlite({ file: config.file });
    }
    case "bullmq": {
      const { bullmq } = await import("@mail/queue/bullmq");
      return bullmq({ url: config.url, name: config.name });
    }
    case "rabbitmq": {
      const { rabbitmq } = await import("@mail/queue/rabbitmq");
      return rabbitmq({ url: config.url, name: config.name, store: await openStore(config.redisUrl) });
    }
    case "nats": {
      const { nats } = await import("@mail/queue/nats");
      return nats({ servers: config.url, name: config.name, store: await openStore(config.redisUrl) });
    }
  }
}

async function openStore(url: string): Promise<Store> {
  const { redisStore } = await import("@mail/store/redis");
  return redisStore({ url });
}
