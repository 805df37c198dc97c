import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { idsOf, newJob, newJobs } from "../engine-suite/jobs.fixture.ts";
import { TestWorker } from "../engine-suite/test-worker.fixture.ts";
import { SqliteFolder } from "./sqlite-folder.fixture.ts";

describe("a damaged file", () => {
  test("a mail whose payload is missing is handed out empty and told of, and others go on", async () => {
    await using folder = await SqliteFolder.make();
    const engine = folder.open();
    const jobs = newJobs(3);
    await engine.add(jobs);
    change(folder.file, `DELETE FROM payload WHERE seq = (SELECT seq FROM mail WHERE id = '${jobs[1]?.id}')`);
    const worker = new TestWorker(engine, { concurrency: 3 });
    const taken = await worker.taken.count(3);
    expect(idsOf(taken)).toEqual(idsOf(jobs));
    expect(taken.find(({ id }) => id === jobs[1]?.id)?.payload).toHaveLength(0);
    expect(worker.errors.items).toMatchObject([
      {
        code: "invalid_message",
        message: `Mail ${jobs[1]?.id} is damaged in the database: its payload is missing or no bytes.`,
      },
    ]);
    await worker.close();
    expect((await engine.counts()).states.sent).toBe(3);
  });

  test.each([
    [
      "a payload of the wrong type",
      "payload",
      "UPDATE payload SET body = 'text'",
      "its payload is missing or no bytes",
    ],
    ["a record of the wrong type", "mail", "UPDATE mail SET record = x'00ff'", "its record cannot be read"],
  ])("a mail with %s is handed out without it and told of", async (_, table, statement, problem) => {
    await using folder = await SqliteFolder.make();
    const engine = folder.open();
    const jobs = newJobs(3);
    await engine.add(jobs);
    await engine.close();
    change(folder.file, looseTable(table), `${statement} WHERE seq = 2`, strictTable(table));
    const again = folder.open();
    const worker = new TestWorker(again, { concurrency: 3 });
    const taken = await worker.taken.count(3);
    const damaged = table === "mail" ? { record: "" } : { payload: new Uint8Array() };
    expect(taken.filter(({ record, payload }) => record === "" || payload.length === 0)).toMatchObject([damaged]);
    expect(worker.errors.items).toMatchObject([{ message: expect.stringContaining(problem) }]);
    await worker.close();
    expect((await again.counts()).states.sent).toBe(3);
  });

  test("a mail whose row cannot be written stays where it is, is told of once, and others go on", async () => {
    await using folder = await SqliteFolder.make();
    const engine = folder.open();
    const jobs = newJobs(3);
    await engine.add(jobs);
    await engine.close();
    change(folder.file, looseTable("mail"), "UPDATE mail SET created_at = 'text' WHERE seq = 1", strictTable("mail"));
    const again = folder.open();
    const worker = new TestWorker(again, {});
    await worker.taken.count(2);
    const next = newJob();
    await again.add([next]);
    await worker.taken.first(({ id }) => id === next.id);
    expect(worker.errors.items).toMatchObject([{ message: expect.stringContaining("its row is not what it was") }]);
    await worker.close();
    expect((await again.counts()).states).toMatchObject({ sent: 3, queued: 1 });
  });

  test("a payload on a page that was overwritten is that mail's trouble alone", async () => {
    await using folder = await SqliteFolder.make();
    const engine = folder.open();
    const marker = new TextEncoder().encode("overwrite this page".repeat(100));
    const payload = new Uint8Array(100_000);
    for (let at = 0; at + marker.length < payload.length; at += marker.length) payload.set(marker, at);
    const [broken, ...others] = [newJob({ payload }), ...newJobs(2)];
    await engine.add([broken, ...others]);
    await engine.close();
    const bytes = await readFile(folder.file);
    // A page in the middle of the payload, which says where the next one is.
    const at = Math.floor(bytes.lastIndexOf("overwrite this page") / 4096 - 3) * 4096;
    await overwrite(folder.file, at, Buffer.alloc(4096, 0xff));
    const again = folder.open();
    const worker = new TestWorker(again, { concurrency: 3 });
    expect(idsOf(await worker.taken.count(3))).toEqual(idsOf([broken, ...others]));
    expect(worker.errors.items.map(({ message }) => message)).toContain(
      `Mail ${broken.id} is damaged in the database: its payload cannot be read.`,
    );
    await worker.close();
    expect((await again.counts()).states).toMatchObject({ sent: 3, queued: 0, sending: 0 });
  });

  test("a file that is damaged in the middle is told of as such, and can be read afterwards as it was", async () => {
    await using folder = await SqliteFolder.make();
    const engine = folder.open();
    for (let batch = 0; batch < 10; batch++) await engine.add(newJobs(500));
    await engine.close();
    const { size } = await stat(folder.file);
    await overwrite(folder.file, 4096, Buffer.alloc(size - 4096, 0xa5));
    const before = await readFile(folder.file);
    const again = folder.open();
    for (const call of [again.counts(), again.add([newJob()]), again.list({ state: "queued", limit: 1 })]) {
      await expect(call).rejects.toMatchObject({ code: "configuration", hint: expect.stringContaining("damaged") });
    }
    const worker = new TestWorker(again, {});
    expect((await worker.errors.count(1))[0]).toMatchObject({ code: "configuration" });
    await again.close();
    expect(Buffer.compare(await readFile(folder.file), before)).toBe(0);
  });

  test("a database thread that ends is told of, and the next call starts another", async () => {
    await using folder = await SqliteFolder.make();
    const clockOffset = null as never;
    const engine = folder.open({}, { clockOffset });
    for (let call = 0; call < 2; call++) {
      await expect(engine.add([newJob()])).rejects.toMatchObject({ code: "unavailable", delivery: "unknown" });
    }
  });
});

describe("a file that goes away", () => {
  test("mails are refused once it was removed, until it is back or made anew", async () => {
    await using folder = await SqliteFolder.make();
    const engine = folder.open();
    await engine.add([newJob()]);
    await rm(folder.path, { recursive: true });
    const error = await engine.add([newJob()]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "unavailable", retryable: true, delivery: "not_sent" });
    expect(String(error)).toContain("was removed or replaced while it was open");
    await expect(engine.add([newJob()])).rejects.toMatchObject({ code: "unavailable" });
    await mkdir(folder.path);
    const job = newJob();
    expect(await engine.add([job])).toEqual([{ id: job.id, duplicate: false }]);
    expect((await engine.counts()).states.queued).toBe(1);
  });

  test("a worker that finds nothing to do is told, even where another file is there at once", async () => {
    await using folder = await SqliteFolder.make();
    const engine = folder.open();
    const worker = new TestWorker(engine, {});
    await engine.add([newJob()]);
    await worker.taken.count(1);
    await rm(folder.file);
    expect((await worker.errors.count(1))[0]).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("was removed or replaced while it was open"),
    });
    const job = newJob();
    await engine.add([job]);
    expect(await worker.taken.first(({ id }) => id === job.id)).toMatchObject({ tries: 1 });
  });

  test("a worker waits until it is back", async () => {
    await using folder = await SqliteFolder.make();
    const engine = folder.open();
    const worker = new TestWorker(engine, {});
    await engine.add([newJob()]);
    await worker.taken.count(1);
    await rm(folder.path, { recursive: true });
    await worker.errors.count(1);
    await mkdir(folder.path);
    const job = newJob();
    await expect
      .poll(() =>
        engine.add([job]).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    expect(await worker.taken.first(({ id }) => id === job.id)).toMatchObject({ tries: 1 });
  });
});

function change(file: string, ...statements: string[]): void {
  // A connection each, since each reads the schema that the one before has written.
  for (const statement of statements) {
    const database = new DatabaseSync(file, { defensive: false });
    database.exec(statement);
    database.close();
  }
}

const looseTable = (name: string) => `PRAGMA writable_schema = ON;
  UPDATE sqlite_schema SET sql = replace(sql, ') STRICT', ')') WHERE name = '${name}'`;

const strictTable = (name: string) => `PRAGMA writable_schema = ON;
  UPDATE sqlite_schema SET sql = sql || ' STRICT' WHERE name = '${name}'`;

async function overwrite(file: string, at: number, bytes: Buffer): Promise<void> {
  const handle = await open(file, "r+");
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}
