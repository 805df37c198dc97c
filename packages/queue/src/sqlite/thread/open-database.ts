import { accessSync, closeSync, constants, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { DatabaseFailure } from "./failure.ts";
import { applicationId, migrations } from "./schema.ts";
import { waitWhileBusy } from "./wait-while-busy.ts";

/**
 * Opens the file, or makes it, whoever else does so at the same moment. Whatever is not ours is left as it is.
 * @throws DatabaseFailure `foreign` or `newer`
 */
export function openDatabase(file: string, waitMs: number): DatabaseSync {
  createPrivate(file);
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    waitWhileBusy(waitMs, () => migrate(database, file));
    waitWhileBusy(waitMs, () => database.exec("PRAGMA journal_mode = WAL"));
    database.exec("PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864");
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/**
 * Only the user that runs the app may read the mails; SQLite gives its other files the same mode. A file that is there is
 * never opened but by SQLite: closing it would let go of the locks that this process has on it (sqlite.org, How To Corrupt,
 * section 2.2).
 */
function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST")) throw thrown;
    accessSync(file, constants.R_OK | constants.W_OK);
  }
}

function migrate(database: DatabaseSync, file: string): void {
  refuseForeign(database, file);
  if (numberOf(database, "PRAGMA user_version") === migrations.length) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    refuseForeign(database, file);
    const version = numberOf(database, "PRAGMA user_version");
    for (const statements of migrations.slice(version)) database.exec(statements);
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}; COMMIT`);
  } catch (thrown) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw thrown;
  }
}

/** Looks without changing anything. */
function refuseForeign(database: DatabaseSync, file: string): void {
  const owner = numberOf(database, "PRAGMA application_id");
  const version = numberOf(database, "PRAGMA user_version");
  const tables = numberOf(database, "SELECT count(*) FROM sqlite_schema");
  if (owner !== applicationId && (owner !== 0 || version !== 0 || tables > 0)) {
    throw new DatabaseFailure("foreign", `${file} is the database of another program`);
  }
  if (version > migrations.length) {
    throw new DatabaseFailure(
      "newer",
      `${file} was written by a newer version of @mail/queue (its schema is ${version}, this one knows ${migrations.length})`,
    );
  }
}

function numberOf(database: DatabaseSync, query: string): number {
  return Number(Object.values(database.prepare(query).get() ?? {})[0]);
}
