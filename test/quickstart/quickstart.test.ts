import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startInbox } from "@mail/inbox";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

/** Each starts a process that loads all of the adapters. */
vi.setConfig({ testTimeout: 120_000 });

const main = fileURLToPath(new URL("../../examples/quickstart/src/main.ts", import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "quickstart-"));
  writeFileSync(join(folder, "mail.html"), "<p>Only <b>yours</b></p>");
  writeFileSync(join(folder, "report.csv"), "a,b\n");
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** What `npm start -- ARGS` prints, called from `folder`. */
function start(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const { MAIL_URL: _, FORCE_COLOR: __, ...inherited } = process.env;
  const options = { env: { ...inherited, INIT_CWD: folder, NO_COLOR: "1", ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, ["--conditions=@mail/source", main, ...args], options, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), output: stdout + stderr }),
    );
  });
}

const rowsOf = (output: string): readonly string[] =>
  [...output.matchAll(/^ {2}([✔≠✘] \S.*?) {2,}\S/gmu)].map(([, row = ""]) => row);

const everywhere = (mark: string) => ["SMTP", "SendGrid", "Mailgun", "Amazon SES"].map((name) => `${mark} ${name}`);

test("shows one mail, and that the same arrived by each transport, and ends where nobody watches", async () => {
  const { code, output } = await start();
  expect(rowsOf(output)).toEqual(everywhere("✔"));
  expect(output).toMatch(/Subject +Your order is on its way 📦\n/);
  expect(output).toMatch(/From +Acme Café <hello@acme.example>\n/);
  expect(output).toMatch(/to +ada@example.com\n +grace@example.com\n +archive@acme.example\n/);
  expect(output).toContain("    417 902\n");
  expect(output).toMatch(/order-4711.csv +text\/csv, \d+ bytes, attached\n/);
  expect(output.split("Envelope")).toHaveLength(2);
  expect(code).toBe(0);
});

test("sends the reader's own message, with files from the folder that npm was called in", async () => {
  const args = [
    "--to",
    "bob@example.com",
    "--to",
    "eve@example.com",
    "--subject",
    "Mine",
    "--html",
    "mail.html",
    "--attach",
    "report.csv",
  ];
  const { code, output } = await start([...args, "--once"]);
  expect(rowsOf(output)).toEqual(everywhere("✔"));
  expect(output).toMatch(/to +bob@example.com\n +eve@example.com\n\n/);
  expect(output).toMatch(/Subject +Mine\n/);
  expect(output).toMatch(/HTML +24 bytes/);
  expect(output).toMatch(/report.csv +text\/csv, 4 bytes, attached\n/);
  expect(code).toBe(0);
});

test("shows a fault of the inbox as the same error of each transport", async () => {
  const { code, output } = await start(["--to", "throttle@example.com"]);
  expect(rowsOf(output)).toEqual(everywhere("✘"));
  expect(output.match(/rate_limited, not sent, may be tried again/g)).toHaveLength(4);
  expect(code).toBe(1);
});

test("says once what is wrong with the message itself", async () => {
  const { code, output } = await start(["--to", "nobody"]);
  expect(output.match(/invalid_recipient/g)).toHaveLength(1);
  expect(code).toBe(1);
});

test("names a usual port that is taken", async () => {
  const program = createServer();
  // Whoever has it, it is taken.
  await new Promise<void>((resolve) => program.on("error", () => resolve()).listen(8025, "127.0.0.1", () => resolve()));
  try {
    const { code, output } = await start();
    expect(output).toContain("Port 8025 cannot be used here, so a free one stands in for it.");
    expect(rowsOf(output)).toEqual(everywhere("✔"));
    expect(code).toBe(0);
  } finally {
    program.close();
  }
});

describe("with MAIL_URL", () => {
  test("sends by that provider alone and starts no inbox", async () => {
    await using provider = await startInbox({ port: 0 });
    const { code, output } = await start([], { MAIL_URL: provider.urls.mailgun });
    expect(output).toMatch(/^ {2}✔ Mailgun +sent$/m);
    expect(output).not.toContain("Envelope");
    expect(provider.messages()).toMatchObject([{ via: "mailgun", subject: "Your order is on its way 📦" }]);
    expect(code).toBe(0);
  });

  test("says what is wrong with it", async () => {
    const { code, output } = await start([], { MAIL_URL: "carrier-pigeon://roof" });
    expect(output).toContain("configuration");
    expect(output).not.toContain("    at ");
    expect(code).toBe(1);
  });
});

test.each([
  ["an unknown option", ["--too", "ada@example.com"]],
  ["a file that is not there", ["--html", "gone.html"]],
])("answers %s with the usage", async (_, args) => {
  const { code, output } = await start(args);
  expect(output).toContain("npm start -- [options]");
  expect(output).not.toContain("    at ");
  expect(code).toBe(2);
});
