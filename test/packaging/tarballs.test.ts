import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const packages = ["core", "smtp", "sendgrid", "mailgun", "ses", "mock"];
const stores = ["sqlite", "redis", "postgres"];
const execute = promisify(execFile);

/** An app's folder with our packages as npm would lay them out, and our dependencies beside them. */
let app: string;

// Vitest gives up on a file that keeps its worker from answering for long.
beforeAll(async () => {
  app = mkdtempSync(join(tmpdir(), "app-"));
  mkdirSync(join(app, "node_modules/@mail"), { recursive: true });
  for (const name of [...packages, "store", "queue"]) {
    const source = join(root, "packages", name);
    const built = name === "store" ? "dist/sqlite/index.js" : "dist/index.js";
    if (!existsSync(join(source, built))) throw new Error(`packages/${name} is not built: run npm run build`);
    const { stdout: packed } = await execute("npm", ["pack", "--json", "--pack-destination", app], { cwd: source });
    const target = join(app, "node_modules/@mail", name);
    mkdirSync(target);
    const [{ filename }] = Object.values(JSON.parse(packed)) as [{ filename: string }];
    execFileSync("tar", ["-xzf", join(app, filename), "-C", target, "--strip-components=1"]);
  }
  for (const entry of readdirSync(join(root, "node_modules"))) {
    if (entry !== "@mail" && !entry.startsWith("."))
      symlinkSync(join(root, "node_modules", entry), join(app, "node_modules", entry));
  }
}, 240_000);

afterAll(() => rmSync(app, { recursive: true, force: true }));

function run(file: string, source: string): string {
  writeFileSync(join(app, file), source);
  return execFileSync(process.execPath, [file], { cwd: app, encoding: "utf8" }).trim();
}

describe("the packages as they are published", () => {
  test("an app sends by import", () => {
    const output = run(
      "app.mjs",
      `import { createMailer, failover } from "@mail/core";
       import { mock } from "@mail/mock";
       const transport = mock();
       await using mailer = createMailer({ transport: failover([transport], { attemptTimeoutMs: 1_000 }) });
       await mailer.send({ from: "a@acme.example", to: "b@example.com", subject: "Hi", text: "Hello" });
       console.log(transport.last.subject);`,
    );
    expect(output).toBe("Hi");
  });

  test.each(packages)("@mail/%s can be required", (name) => {
    expect(run("app.cjs", `console.log(Object.keys(require("@mail/${name}")).length > 0);`)).toBe("true");
  });

  test.each(stores)("@mail/store/%s can be required", (name) => {
    expect(run("store.cjs", `console.log(Object.keys(require("@mail/store/${name}")).join());`)).toBe(`${name}Store`);
  });

  test("a store in a file remembers from one process to the next", () => {
    const claim = `import { sqliteStore } from "@mail/store/sqlite";
       const store = sqliteStore({ file: "mail.db" });
       const { state } = await store.claims.claim("k", { owner: "a" + process.pid, note: "", leaseMs: 60000, keepMs: 60000 });
       console.log(state);`;
    expect([run("first.mjs", claim), run("second.mjs", claim)]).toEqual(["claimed", "held"]);
  });

  test("a queue in a file works in an app, and in one that is bundled to a single file", async () => {
    const source = `import { sqlite } from "@mail/queue/sqlite";
       const engine = sqlite({ file: process.argv[1] + ".db" });
       const payload = new TextEncoder().encode("a mail");
       await engine.add([{ id: "1", keyMs: 0, priority: 1, dueAt: 0, record: "", payload }]);
       const taken = await new Promise((resolve) => engine.work({
         concurrency: 1,
         leaseMs: 60_000,
         onError: (error) => { throw error; },
         async handle(job) { resolve(job); return { state: "sent", record: "" }; },
       }));
       await engine.close();
       console.log(new TextDecoder().decode(taken.payload));`;
    expect(run("queue.mjs", source)).toBe("a mail");
    const elsewhere = mkdtempSync(join(tmpdir(), "bundled-"));
    try {
      const bundle = await rolldown({ input: join(app, "queue.mjs"), cwd: app, platform: "node" });
      await bundle.write({ file: join(elsewhere, "app.mjs"), format: "esm" });
      await bundle.close();
      expect(execFileSync(process.execPath, ["app.mjs"], { cwd: elsewhere, encoding: "utf8" }).trim()).toBe("a mail");
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  test("each adapter fails in its own words, and the process ends by itself", () => {
    const output = run(
      "adapters.mjs",
      `import { createMailer, fromUrl } from "@mail/core";
       import { mailgun } from "@mail/mailgun";
       import { sendgrid } from "@mail/sendgrid";
       import { ses } from "@mail/ses";
       import { smtp } from "@mail/smtp";
       const nobody = "127.0.0.1:9";
       const urls = ["smtp://" + nobody, "sendgrid://KEY@" + nobody, "mailgun://KEY@mg.acme.example?baseUrl=http://" + nobody, "ses://ID:SECRET@" + nobody + "?region=eu-west-1"];
       for (const url of urls) {
         const mailer = createMailer({ transport: fromUrl(url, [smtp, sendgrid, mailgun, ses]) });
         await mailer.send({ from: "a@acme.example", to: "b@example.com", subject: "Hi", text: "Hello" }).catch((error) => console.log(error.transport, error.code, error.delivery));
       }`,
    );
    expect(output.split("\n")).toEqual(
      ["smtp", "sendgrid", "mailgun", "ses"].map((name) => `${name} connection not_sent`),
    );
  });
});
