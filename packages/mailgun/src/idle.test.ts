import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { FakeMailgun } from "./fake-mailgun.fixture.ts";
import { key } from "./send.fixture.ts";

let fake: FakeMailgun | undefined;
afterEach(async () => {
  await fake?.close();
  fake = undefined;
});

/** Runs a module from source in a process of its own; `mailgun`, `createMailer` and `url` are at hand. */
async function run(script: string, url: string): Promise<unknown> {
  const entry = fileURLToPath(new URL("./index.ts", import.meta.url));
  const code = `
    import { createMailer } from "@mail/core";
    import { mailgun } from ${JSON.stringify(entry)};
    const url = ${JSON.stringify(url)};
    const loaded = () => process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout/.test(name));
    ${script}`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@mail/source", "--input-type=module", "--eval", code],
    { cwd: fileURLToPath(new URL("..", import.meta.url)) },
  );
  return JSON.parse(stdout);
}

test("after a send nothing keeps the process alive, though the connection is kept", async () => {
  fake = await FakeMailgun.start();
  const alive = await run(
    `const mailer = createMailer({ transport: mailgun({ apiKey: ${JSON.stringify(key)}, domain: "mg.acme.example", baseUrl: url }) });
    for (const subject of ["one", "two"]) await mailer.send({ from: "a@acme.example", to: "b@example.com", subject, text: "x" });
    await new Promise(setImmediate);
    console.log(JSON.stringify(loaded()));`,
    fake.url,
  );
  expect(alive).toEqual([]);
  expect(fake.requests).toHaveLength(2);
  expect(fake.connections).toBe(1);
});
