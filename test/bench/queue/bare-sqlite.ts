import { DatabaseSync } from "node:sqlite";
import { type BenchSubject, batches, concurrency, type Load } from "./subject.ts";

/** The least that a queue in SQLite does: rows in one transaction a batch; taken and settled 50 at a time, synced. */
export function bareSqlite(load: Load, file: string): BenchSubject {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
  database.exec("CREATE TABLE job (id INTEGER PRIMARY KEY, state INTEGER NOT NULL, body BLOB NOT NULL) STRICT");
  database.exec("CREATE INDEX job_state ON job (state, id)");
  const insert = database.prepare("INSERT INTO job (state, body) VALUES (0, ?)");
  const take = database.prepare(
    "UPDATE job SET state = 1 WHERE id IN (SELECT id FROM job WHERE state = 0 ORDER BY id LIMIT ?) RETURNING id, body",
  );
  const settle = database.prepare("UPDATE job SET state = 2, body = x'' WHERE id = ?");
  const transaction = (work: () => void): void => {
    database.exec("BEGIN IMMEDIATE");
    work();
    database.exec("COMMIT");
  };
  return {
    name: `node:sqlite ${load.name}`,
    async fill(count) {
      for (const size of batches(count))
        transaction(() => Array.from({ length: size }, (_, index) => insert.run(load.make(index))));
    },
    async drain() {
      let taken: { id: number; body: Uint8Array }[] = [];
      do {
        const before = taken;
        transaction(() => {
          for (const { id } of before) settle.run(id);
          taken = take.all(concurrency) as { id: number; body: Uint8Array }[];
        });
        await Promise.all(taken.map(({ body }) => load.use(body)));
      } while (taken.length > 0);
    },
    close: async () => database.close(),
  };
}
