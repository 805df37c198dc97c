import { closeSync, openSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { misconfigured } from "@mail/core";
import { sqliteMigrations } from "./sqlite-migrations.ts";

/** "mail" in ASCII: `PRAGMA application_id` of our files (sqlite.org, Database File Format, section 1.3.14). */
const applicationId = 0x6d61696c;

/** The event loop stands still while SQLite waits for another writer: briefly, and the call is repeated. */
const busyTimeoutMs = 50;

/**
 * Opens the database, and makes or upgrades its schema, whoever else does so at the same moment.
 * @throws MailError `configuration` where the file is another program's, or written by a newer version
 */
export async function openSqlite(
  file: string,
  migrations: readonly string[] = sqliteMigrations,
): Promise<DatabaseSync> {
  const { DatabaseSync } = await import("node:sqlite");
  createPrivate(file);
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    refuseForeign(database, file, migrations.length);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    migrate(database, file, migrations);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/** Only the user that runs the app may read it; SQLite gives its other files the same mode. */
function createPrivate(file: string): void {
  if (file === ":memory:") return;
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "ENOENT")
      throw misconfigured("file", "is in a folder that does not exist", "Make the folder first, or check the path.");
    if (code !== "EEXIST") throw thrown;
  }
}

function migrate(database: DatabaseSync, file: string, migrations: readonly string[]): void {
  if (versionOf(database) === migrations.length) return;
  database.exec("BEGIN IMMEDIATE");
  try {
    refuseForeign(database, file, migrations.length);
    for (const statements of migrations.slice(versionOf(database))) database.exec(statements);
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}; COMMIT`);
  } catch (thrown) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw thrown;
  }
}

function versionOf(database: DatabaseSync): number {
  return numberOf(database, "SELECT user_version AS value FROM pragma_user_version");
}

/** Looks without changing anything. */
function refuseForeign(database: DatabaseSync, file: string, version: number): void {
  const found = versionOf(database);
  const tables = numberOf(database, "SELECT count(*) AS value FROM sqlite_schema");
  const owner = numberOf(database, "SELECT application_id AS value FROM pragma_application_id");
  const isNew = found === 0 && tables === 0 && owner === 0;
  if (!isNew && owner !== applicationId)
    throw misconfigured("file", `${file} is the database of another program`, "Give the store a file of its own.");
  if (found > version)
    throw misconfigured(
      "file",
      `${file} was written by a newer version of @mail/store (its schema is ${found}, this one knows ${version})`,
      "Update @mail/store in this app.",
    );
}

function numberOf(database: DatabaseSync, query: string): number {
  return Number(database.prepare(query).get()?.["value"]);
}
