import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, test } from "vitest";
import { bytes, numbered } from "./caught-mail.fixture.ts";
import { sqliteMailStore } from "./sqlite-mail-store.ts";

const folder = mkdtempSync(join(tmpdir(), "inbox-"));
let files = 0;
const newFile = (): string => join(folder, `${files++}.db`);

function execute(file: string, sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

afterAll(() => rmSync(folder, { recursive: true }));

test("mails are there again after a restart, and so are the bounds", async () => {
  const file = newFile();
  const before = await sqliteMailStore(file);
  for (let n = 0; n < 3; n++) before.add(numbered(n, { text: `Text ${n}` }), bytes(`source ${n}`));
  before.close();
  const after = await sqliteMailStore(file, { maxMails: 3 });
  expect(after.list({}).mails.map(({ subject }) => subject)).toEqual(["Mail 2", "Mail 1", "Mail 0"]);
  expect(after.get(numbered(1).id)).toEqual(numbered(1, { text: "Text 1" }));
  expect(after.list({ search: "text 2" }).total).toBe(1);
  expect(after.add(numbered(3), bytes("x"))).toEqual([numbered(0).id]);
  after.close();
});

test("mails that were kept are there after the process was killed", async () => {
  const file = newFile();
  const writer = `
    import { sqliteMailStore } from ${JSON.stringify(new URL("./sqlite-mail-store.ts", import.meta.url).href)};
    import { numbered } from ${JSON.stringify(new URL("./caught-mail.fixture.ts", import.meta.url).href)};
    const store = await sqliteMailStore(${JSON.stringify(file)});
    for (let n = 0; ; n++) {
      store.add(numbered(n), new Uint8Array(1000));
      if (n % 10 === 9) await new Promise((resolve) => process.stdout.write(n + "\\n", resolve));
    }`;
  const child: ChildProcess = spawn(
    process.execPath,
    ["--conditions=@mail/source", "--input-type=module", "--eval", writer],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  let told = "";
  child.stdout?.setEncoding("utf8");
  while (told.split("\n").length < 5 && child.stdout) told += String((await once(child.stdout, "data"))[0]);
  child.kill("SIGKILL");
  child.stdout?.on("data", (text: string) => {
    told += text;
  });
  await once(child, "close");
  const last = Number(told.slice(0, told.lastIndexOf("\n")).split("\n").at(-1));
  const store = await sqliteMailStore(file);
  expect(last).toBeGreaterThan(30);
  expect(store.list({}).total).toBeGreaterThan(last);
  expect(store.source(numbered(last).id)).toHaveLength(1_000);
  store.close();
});

test("lists are read by an index", async () => {
  const file = newFile();
  (await sqliteMailStore(file)).close();
  const database = new DatabaseSync(file);
  const plan = (sql: string): string => JSON.stringify(database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all());
  expect(plan("SELECT summary FROM mails WHERE inbox = 'a' AND id < 'x' ORDER BY id DESC LIMIT 10")).toMatch(
    /INDEX mails_of_inbox/,
  );
  expect(plan("SELECT summary FROM mails WHERE inbox = 'a' ORDER BY id DESC LIMIT 10")).not.toMatch(/TEMP B-TREE/);
  expect(plan("SELECT count(*), sum(unread) FROM mails WHERE inbox = 'a'")).toMatch(/COVERING INDEX mails_unread/);
  database.close();
});

test("a mail that cannot be written is not counted", async () => {
  const store = await sqliteMailStore(newFile(), { maxMails: 2 });
  store.add(numbered(0), bytes("x"));
  expect(() => store.add(numbered(0), bytes("x"))).toThrow(/UNIQUE/);
  expect(store.add(numbered(1), bytes("x"))).toEqual([]);
  store.close();
});

test("a file has one owner at a time", async () => {
  const file = newFile();
  const owner = await sqliteMailStore(file);
  await expect(sqliteMailStore(file)).rejects.toMatchObject({
    field: "dataFile",
    message: expect.stringContaining("is in use by another inbox"),
  });
  owner.add(numbered(0), bytes("x"));
  owner.close();
  const next = await sqliteMailStore(file);
  await expect(sqliteMailStore(file)).rejects.toThrow(/in use/);
  expect(next.list({}).total).toBe(1);
  next.close();
});

test("a file that cannot be used is refused by name, in plain words", async () => {
  const other = newFile();
  execute(other, "CREATE TABLE theirs (x)");
  const text = newFile();
  writeFileSync(
    text,
    "This is no database, but a text that is long enough to be taken for a header of one.\n".repeat(20),
  );
  const newer = newFile();
  (await sqliteMailStore(newer)).close();
  execute(newer, "PRAGMA user_version = 99");
  const failure = (message: RegExp) => ({
    code: "configuration",
    field: "dataFile",
    message: expect.stringMatching(message),
  });
  await expect(sqliteMailStore(join(folder, "nowhere", "x.db"))).rejects.toMatchObject(failure(/cannot be opened/));
  await expect(sqliteMailStore(other)).rejects.toMatchObject(failure(/of another program/));
  expect(readFileSync(other)[18]).toBe(1); // its journal was left as it was (sqlite.org/fileformat2.html, 1.3.3)
  await expect(sqliteMailStore(text)).rejects.toMatchObject(failure(/cannot be opened: file is not a database/));
  await expect(sqliteMailStore(newer)).rejects.toMatchObject(failure(/another version of the inbox/));
});
