import { join } from "node:path";
import { sqliteStore } from "@mail/store/sqlite";
import { ledgerEngine } from "../ledger-engine.ts";
import type { QueueEngine } from "../queue-engine.ts";
import { FileBroker } from "./file-broker.fixture.ts";

/** An engine whose broker and ledger are files in one folder. */
export async function openEngine(folder: string): Promise<QueueEngine> {
  const store = sqliteStore({ file: join(folder, "ledger.db"), timeoutMs: 20_000 });
  const broker = new FileBroker(join(folder, "broker.db"));
  const engine = ledgerEngine({ broker, ledger: store.ledger, name: "mails" });
  return {
    ...engine,
    async close() {
      await engine.close();
      await store.close();
    },
  };
}
