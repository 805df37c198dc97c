import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Store } from "@mail/core";
import type { EngineStorage } from "../engine-suite/engine-subject.fixture.ts";
import { sqliteStorage } from "../engine-suite/sqlite-storage.fixture.ts";
import type { QueueEngine } from "../queue-engine.ts";

/** Closes the store with the engine, as an app does that has it for nothing else. */
export function closingStore(engine: QueueEngine, store: Store): QueueEngine {
  const closeEngine = engine.close;
  return Object.assign(engine, {
    async close() {
      await closeEngine();
      await store.close();
    },
  });
}

/** A queue of its own on a broker, and a file for its ledger. */
export async function brokerStorage(url: string, remove: (name: string) => Promise<void>): Promise<EngineStorage> {
  const ledger = await sqliteStorage();
  const name = `test-${randomUUID()}`;
  return {
    ...ledger,
    name: JSON.stringify({ url, name, file: join(ledger.name, "ledger.db") }),
    async remove() {
      await remove(name);
      await ledger.remove();
    },
  };
}
