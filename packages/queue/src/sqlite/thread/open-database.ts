import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { DatabaseFailure } from "./failure.ts";
import { applicationId, migrations } from "./schema.ts";
import { waitWhileBusy } from "./wait-while-busy.ts";

/**
 * Opens the file, or makes it, whoever else does so at the same moment. Whatever is not ours is left as it is.
 * @throws DatabaseFailure `foreign` or `newer`
 */
export function openDatabase(file: string, waitMs: number): DatabaseSync {
  createPrivate(file);
  refuseForeign(file);
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

/** Only the user that runs the app may read the mails; SQLite gives its other files the same mode. */
function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (thrown) {
    if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST")) throw thrown;
  }
}

/** Looks at the bytes, since SQLite itself would tidy up after another program. */
function refuseForeign(file: string): void {
  const header = Buffer.alloc(100);
  const handle = openSync(file, "r");
  try {
    if (fstatSync(handle).size === 0) return;
    readSync(handle, header, 0, header.length, 0);
  } finally {
    closeSync(handle);
  }
  if (header.toString("latin1", 0, 16) !== "SQLite format 3\0") {
    throw new DatabaseFailure("foreign", `${file} is no SQLite database`);
  }
  const [version, owner] = [header.readUInt32BE(60), header.readUInt32BE(68)];
  if (owner === applicationId) refuseNewer(file, version);
  else if (owner !== 0 || version !== 0 || hasTables(file)) {
    throw new DatabaseFailure("foreign", `${file} is the database of another program`);
  }
}

function refuseNewer(file: string, version: number): void {
  if (version <= migrations.length) return;
  throw new DatabaseFailure(
    "newer",
    `${file} was written by a newer version of @mail/queue (its schema is ${version}, this one knows ${migrations.length})`,
  );
}

function hasTables(file: string): boolean {
  const url = pathToFileURL(file);
  url.search = "immutable=1";
  const database = new DatabaseSync(url, { readOnly: true });
  try {
    return database.prepare("SELECT 1 FROM sqlite_schema LIMIT 1").get() !== undefined;
  } finally {
    database.close();
  }
}

function migrate(database: DatabaseSync, file: string): void {
  if (versionOf(database) === migrations.length) return;
  // Before the journal becomes a WAL, so that the file itself says at once whose it is.
  database.exec("BEGIN IMMEDIATE");
  try {
    const version = versionOf(database);
    refuseNewer(file, version);
    for (const statements of migrations.slice(version)) database.exec(statements);
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}; COMMIT`);
  } catch (thrown) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw thrown;
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
}
