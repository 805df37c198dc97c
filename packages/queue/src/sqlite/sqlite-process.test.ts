import { execFile } from "node:child_process";
import { chmod, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { newJob, newJobs } from "../engine-suite/jobs.fixture.ts";
import { TestWorker } from "../engine-suite/test-worker.fixture.ts";
import { ScriptRun } from "./run-script.fixture.ts";
import { SqliteFolder } from "./sqlite-folder.fixture.ts";

const run = promisify(execFile);
const timeout = 30_000;

describe("a process with an engine", () => {
  test("ends by itself when it has nothing more to do, without a close", { timeout }, async () => {
    await using folder = await SqliteFolder.make();
    const script = new ScriptRun(`
      const engine = sqlite({ file: ${JSON.stringify(folder.file)} });
      await engine.add(newJobs(3));
      console.log((await engine.counts()).states.queued);`);
    expect(await script.result()).toBe(3);
  });

  test("goes on while it has a worker, and ends by itself once that is closed", { timeout }, async () => {
    await using folder = await SqliteFolder.make();
    const script = new ScriptRun(`
      const engine = sqlite({ file: ${JSON.stringify(folder.file)} });
      const { promise, resolve } = Promise.withResolvers();
      engine.work({ concurrency: 1, leaseMs: 1000, onError() {}, async handle({ id }) {
        resolve(id);
        return { state: "sent", record: "" };
      } });
      promise.then(async (id) => {
        await engine.close();
        console.log(JSON.stringify(id));
      });
      console.log("working");`);
    await script.printed("working");
    const job = newJob();
    await folder.open().add([job]);
    expect(await script.result()).toBe(job.id);
  });

  test("is told of a full disk, loses nothing, and goes on when there is room", { timeout }, async () => {
    await using folder = await SqliteFolder.make();
    // No file may become larger than 1 MB: what the system says then differs from a full disk only in its number.
    const script = new ScriptRun(
      `const engine = sqlite({ file: ${JSON.stringify(folder.file)} });
       const added = [];
       const errors = [];
       const add = async () => {
         const jobs = newJobs(20, { payload: new Uint8Array(2000) });
         try {
           added.push(...(await engine.add(jobs)).map(({ id }) => id));
         } catch ({ code, retryable, hint }) {
           errors.push({ code, retryable, hint });
         }
       };
       while (errors.length < 5) await add();
       console.log("full");
       await new Promise((resolve) => process.stdin.once("data", resolve));
       process.stdin.destroy();
       for (let count = 0; count < 5; count++) await add();
       console.log(JSON.stringify({ added, errors, counts: await engine.counts() }));`,
      ["sh", "-c", 'ulimit -S -f 2048; exec "$0" "$@"'],
    );
    await script.printed("full");
    await run("prlimit", ["--pid", String(script.pid), "--fsize=unlimited"]);
    script.tell("there is room");
    const { added, errors, counts } = (await script.result()) as {
      added: string[];
      errors: unknown[];
      counts: unknown;
    };
    expect(errors).toHaveLength(5);
    expect(errors[0]).toMatchObject({ code: "unavailable", retryable: true, hint: expect.stringContaining("full") });
    expect(counts).toMatchObject({ states: { queued: added.length } });
    const engine = folder.open();
    const worker = new TestWorker(engine, { concurrency: 50 });
    await worker.taken.count(added.length);
    await worker.close();
    expect(worker.taken.items.map(({ id }) => id).sort()).toEqual(added.sort());
  });

  test("is told of a file that it may not write, and leaves it as it is", { timeout }, async () => {
    await using folder = await SqliteFolder.make();
    const engine = folder.open();
    await engine.add(newJobs(3));
    await engine.close();
    await chmod(folder.file, 0o444);
    const before = await readFile(folder.file);
    // Whom nothing is forbidden must do without that for once.
    const wrapper = process.getuid?.() === 0 ? ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] : [];
    const script = new ScriptRun(
      `const engine = sqlite({ file: ${JSON.stringify(folder.file)} });
       await engine.add([newJob()]).catch(({ code, field, hint }) => console.log(JSON.stringify({ code, field, hint })));`,
      wrapper,
    );
    expect(await script.result()).toMatchObject({
      code: "configuration",
      field: "file",
      hint: expect.stringContaining("may not"),
    });
    expect(Buffer.compare(await readFile(folder.file), before)).toBe(0);
  });
});
