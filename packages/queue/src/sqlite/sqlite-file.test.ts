import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { newJob, newJobs } from "../engine-suite/jobs.fixture.ts";
import { sqlite } from "./index.ts";
import { SqliteFolder } from "./sqlite-folder.fixture.ts";

describe("the file", () => {
  test("only its owner may read it, and it says whose it is", async () => {
    await using folder = await SqliteFolder.make();
    const engine = folder.open();
    await engine.add([newJob()]);
    for (const name of await readdir(folder.path)) {
      expect((await stat(join(folder.path, name))).mode & 0o777, name).toBe(0o600);
    }
    expect((await readFile(folder.file)).toString("latin1", 68, 72)).toBe("maqu");
    expect(engine.blobFolder).toBe(`${folder.file}-attachments`);
  });

  test("nothing is opened or made before it is asked for", async () => {
    await using folder = await SqliteFolder.make();
    folder.open();
    expect(await readdir(folder.path)).toEqual([]);
  });

  test("many engines may make it at the same moment", async () => {
    await using folder = await SqliteFolder.make();
    const engines = Array.from({ length: 8 }, () => folder.open());
    await Promise.all(engines.map((engine) => engine.add(newJobs(10))));
    expect((await engines[0]?.counts())?.states.queued).toBe(80);
  });

  const foreign: Readonly<Record<string, (file: string) => void>> = {
    "that holds tables": (file) => withDatabase(file, "CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)"),
    "with a WAL": (file) => withDatabase(file, "PRAGMA journal_mode = WAL; CREATE TABLE theirs (a)"),
    "with its own application_id": (file) => withDatabase(file, "PRAGMA application_id = 17"),
    "with its own user_version": (file) => withDatabase(file, "PRAGMA user_version = 1"),
    "of the store": (file) => withDatabase(file, "PRAGMA application_id = 0x6d61696c; PRAGMA user_version = 1"),
  };

  test.each(Object.keys(foreign))("a database %s is refused and left as it is", async (kind) => {
    await using folder = await SqliteFolder.make();
    foreign[kind]?.(folder.file);
    const before = await readFile(folder.file);
    const error = await folder
      .open()
      .add([newJob()])
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "configuration", field: "file", hint: "Give the queue a file of its own." });
    expect(String(error)).toContain("the database of another program");
    expect(await readFile(folder.file)).toEqual(before);
    expect(await readdir(folder.path)).toEqual(["mail.db"]);
  });

  test("a file that is no database is refused and left as it is", async () => {
    await using folder = await SqliteFolder.make();
    await writeFile(folder.file, "name,address\n".repeat(1000));
    const error = await folder
      .open()
      .counts()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "configuration", field: "file" });
    expect(String(error)).toContain("file is not a database");
    expect(await readFile(folder.file, "utf8")).toBe("name,address\n".repeat(1000));
  });

  test("a file that a newer version wrote is refused and left as it is", async () => {
    await using folder = await SqliteFolder.make();
    await folder.open().add([newJob()]);
    await folder.open().close();
    await using other = await SqliteFolder.make();
    withDatabase(other.file, "PRAGMA application_id = 0x6d617175; PRAGMA user_version = 99");
    const before = await readFile(other.file);
    const error = await other
      .open()
      .add([newJob()])
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "configuration", hint: "Update @mail/queue in this app." });
    expect(await readFile(other.file)).toEqual(before);
  });

  test("a folder that does not exist, or a path that is a folder, is a matter of configuration", async () => {
    await using folder = await SqliteFolder.make();
    await mkdir(folder.file);
    const [missing, isFolder] = await Promise.all([
      folder
        .open({ file: join(folder.path, "no/mail.db") })
        .add([newJob()])
        .catch((thrown: unknown) => thrown),
      folder
        .open()
        .add([newJob()])
        .catch((thrown: unknown) => thrown),
    ]);
    expect(missing).toMatchObject({ code: "configuration", hint: expect.stringContaining("Make the folder first") });
    expect(isFolder).toMatchObject({ code: "configuration", hint: expect.stringContaining("is a folder") });
  });

  test("options are checked by name", () => {
    expect(() => sqlite({ file: "" })).toThrow("file: is missing in sqlite()");
    expect(() => sqlite({ file: ":memory:" })).toThrow("keeps nothing");
    expect(() => sqlite({ file: "a.db", keepMs: -1 })).toThrow("keepMs");
    expect(() => sqlite({ file: "a.db", keepDays: 1 } as never)).toThrow("keepDays: is not an option of sqlite()");
  });
});

function withDatabase(file: string, statements: string): void {
  const database = new DatabaseSync(file);
  database.exec(statements);
  database.close();
}
