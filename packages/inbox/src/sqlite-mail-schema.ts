import type { DatabaseSync } from "node:sqlite";
import { misconfigured } from "@mail/core";

/** `PRAGMA application_id` of our files: "mail" in ASCII. */
const applicationId = 0x6d61696c;
const schemaVersion = 1;

/** What a list or a search reads stands apart from the bodies, so that their pages are not touched. */
const schema = `
  CREATE TABLE mails (
    id TEXT PRIMARY KEY,
    inbox TEXT NOT NULL,
    unread INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    attachment INTEGER NOT NULL,
    summary TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX mails_of_inbox ON mails (inbox, id);
  CREATE INDEX mails_unread ON mails (inbox, unread);
  CREATE TABLE search_texts (
    id TEXT PRIMARY KEY REFERENCES mails (id) ON DELETE CASCADE,
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL,
    subject TEXT NOT NULL,
    tags TEXT NOT NULL,
    everything TEXT NOT NULL
  ) STRICT;
  CREATE TABLE contents (
    id TEXT PRIMARY KEY REFERENCES mails (id) ON DELETE CASCADE,
    bodies TEXT NOT NULL,
    source BLOB NOT NULL
  ) STRICT;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};
`;

/** Opens the file or makes it. @throws MailError `configuration` in plain words */
export async function openMailDatabase(file: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await import("node:sqlite");
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file);
    prepare(database, file);
    return database;
  } catch (thrown) {
    database?.close();
    if (thrown instanceof Error && !("errcode" in thrown)) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    if (isBusy(thrown))
      throw misconfigured("dataFile", `${file} is in use by another inbox`, "End that one, or name another file.");
    throw misconfigured("dataFile", `${file} cannot be opened: ${reason}`, "Name a file in a folder that is there.");
  }
}

/** SQLITE_BUSY of sqlite.org/rescode.html. */
function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && "errcode" in thrown && thrown.errcode === 5;
}

function prepare(database: DatabaseSync, file: string): void {
  const pragma = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  // Counts are kept in memory, so a file has one owner; the lock goes with the process.
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  const empty = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"] === 0;
  if (!empty && pragma("application_id") !== applicationId)
    throw misconfigured("dataFile", `${file} is the database of another program`, "Name another file.");
  if (!empty && pragma("user_version") !== schemaVersion)
    throw misconfigured("dataFile", `${file} was made by another version of the inbox`, "Name another file.");
  // With WAL a mail that was answered survives the end of the process at any point.
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  database.exec(`BEGIN IMMEDIATE; ${empty ? schema : ""} COMMIT`);
}
