import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createTransport } from "nodemailer";
import { afterAll, afterEach, expect, test, vi } from "vitest";

/** Each starts processes that load the inbox. */
vi.setConfig({ testTimeout: 120_000 });

const command = fileURLToPath(new URL("./cli.ts", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "inbox-"));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(...args: readonly string[]) {
  const env = { PATH: process.env["PATH"], NO_COLOR: "1" };
  const child = spawn(process.execPath, ["--conditions=@mail/source", command, ...args], { env });
  children.push(child);
  let output = "";
  const saying: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      for (const wake of saying.splice(0)) wake();
    });
  const ended = once(child, "close").then(([code]) => ({ code: Number(code), output }));
  /** Waits until it said something like this. */
  const said = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = pattern.exec(output);
      if (found !== null) return found;
      const more = new Promise<void>((resolve) => saying.push(resolve));
      const over = await Promise.race([more, ended]);
      if (over !== undefined) throw new Error(`It ended before it said ${pattern}:\n${over.output}`);
    }
  };
  return { child, ended, said };
}

test("the command shows its addresses, catches mail and closes at Ctrl-C", async () => {
  const caFile = join(folder, "ca.pem");
  const inbox = run("--port", "0", "--ca-file", caFile);
  const [, port] = await inbox.said(/smtp:\/\/127\.0\.0\.1:(\d+)/);
  await inbox.said(/Ctrl-C/);
  const tls = { ca: readFileSync(caFile) };
  const transport = createTransport({ host: "127.0.0.1", port: Number(port), requireTLS: true, tls });
  await transport.sendMail({ from: "a@a.example", to: "b@example.com", text: "x" });
  const client = connect(Number(port), "127.0.0.1");
  await once(client, "data");
  inbox.child.kill("SIGINT");
  expect(await inbox.ended).toMatchObject({ code: 0 });
  client.destroy();
});

test("a taken port is told in plain words, by the flag's name", async () => {
  const first = run("--port", "0");
  const [, port = ""] = await first.said(/http:\/\/127\.0\.0\.1:(\d+)/);
  const { code, output } = await run("--port", port, "--smtp-port", "0", "--smtps-port", "0").ended;
  expect(code).toBe(2);
  expect(output).toBe(
    `--port: port ${port} on 127.0.0.1 is taken by another program, perhaps by another inbox\n` +
      `See who has it with \`lsof -i :${port}\` (on Windows \`netstat -ano\`), end that program, or choose another port; 0 picks a free one.\n`,
  );
});

test("a certificate that cannot be written is told by the flag's name, and nothing stays open", async () => {
  const { code, output } = await run("--port", "0", "--ca-file", join(folder, "none", "ca.pem")).ended;
  expect(code).toBe(2);
  expect(output).toMatch(/^--ca-file: .*cannot be written/);
});

test("a mail is released by the transport of an address", async () => {
  const real = run("--port", "0");
  const [url = ""] = await real.said(/smtp:\/\/127\.0\.0\.1:\d+/);
  const [realWeb = ""] = await real.said(/http:\/\/127\.0\.0\.1:\d+/);
  const inbox = run("--port", "0", "--release-url", url, "--release-allow", "*@acme.example");
  const [, port] = await inbox.said(/smtp:\/\/127\.0\.0\.1:(\d+)/);
  const [web = ""] = await inbox.said(/http:\/\/127\.0\.0\.1:\d+/);
  await createTransport({ host: "127.0.0.1", port: Number(port) }).sendMail({
    from: "a@a.example",
    to: "b@acme.example",
  });
  const { mails } = await (await fetch(`${web}/api/v1/mails`)).json();
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${web}/api/v1/mails/${mails[0].id}/release`, { method: "POST", headers, body: "{}" });
  expect(await answer.json()).toMatchObject({ accepted: ["b@acme.example"] });
  expect((await (await fetch(`${realWeb}/api/v1/mails`)).json()).total).toBe(1);
});

test("help and version are shown without starting anything", async () => {
  expect(await run("--help").ended).toMatchObject({ code: 0, output: expect.stringContaining("--smtp-port PORT") });
  expect(await run("--version").ended).toMatchObject({ code: 0, output: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test("an unknown flag is refused", async () => {
  expect(await run("--prot", "1").ended).toMatchObject({ code: 2, output: expect.stringContaining("--prot") });
});
