import { sqliteStore } from "@mail/store/sqlite";
import { closingStore } from "../broker-suite/closing-store.fixture.ts";
import type { QueueEngine } from "../queue-engine.ts";
import { nats } from "./index.ts";

/** The engine on a queue of its own and a ledger in a file, for the suite and its child processes. */
export async function openEngine(storage: string): Promise<QueueEngine> {
  const { url, name, file }: { readonly url: string; readonly name: string; readonly file: string } =
    JSON.parse(storage);
  const timeoutMs = 20_000;
  const store = sqliteStore({ file, timeoutMs });
  return closingStore(nats({ servers: url, name, store, timeoutMs }), store);
}
