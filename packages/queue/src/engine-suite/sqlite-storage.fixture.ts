import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { EngineStorage } from "./engine-subject.fixture.ts";

const sqliteBusy = 5;
/** Longer than any write takes that is still under way, shorter than one that waits for a suspended process. */
const lockTimeoutMs = 500;

/** A folder for databases of SQLite. */
export async function sqliteStorage(): Promise<EngineStorage> {
  const folder = await mkdtemp(join(tmpdir(), "mail-queue-"));
  return {
    name: folder,
    async isFree() {
      const files = (await readdir(folder)).filter((file) => file.endsWith(".db"));
      return files.every((file) => isFree(join(folder, file)));
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

function isFree(file: string): boolean {
  const database = new DatabaseSync(file, { timeout: lockTimeoutMs });
  try {
    database.exec("BEGIN IMMEDIATE; ROLLBACK;");
    return true;
  } catch (error) {
    if (error instanceof Error && "errcode" in error && error.errcode === sqliteBusy) return false;
    throw error;
  } finally {
    database.close();
  }
}
