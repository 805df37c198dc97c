import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer } from "smtp-server";
import { expect, onTestFinished, test } from "vitest";

const count = 600;
const kills = 3;

/** Counts the mails of each recipient, and calls back for each. */
async function startServer(onMail: () => void) {
  const taken = Array.from({ length: count }, () => 0);
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    onData(stream, { envelope: { rcptTo } }, done) {
      stream.resume().on("end", () => {
        const place = Number(rcptTo[0]?.address.match(/\d+/)?.[0]);
        taken[place] = (taken[place] ?? 0) + 1;
        onMail();
        setImmediate(done);
      });
    },
  });
  server.on("error", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  return { taken, port: (server.server.address() as AddressInfo).port };
}

test("a mail merge that is killed goes on from the position that was kept, leaves out nobody, and sends to nobody before it again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "killed-run-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "position");
  writeFileSync(file, "0");
  let onMail = (): void => undefined;
  const { taken, port } = await startServer(() => onMail());

  /** Runs a worker until it ends, or until the server has taken so many mails from it. */
  async function runUntil(most: number): Promise<void> {
    const position = Number(readFileSync(file, "utf8"));
    const settled = taken.slice(0, position);
    const worker = fork(new URL("./killed-run-worker.ts", import.meta.url), [`${port}`, `${count}`, file], {
      execArgv: ["--conditions=@mail/source"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    onTestFinished(() => void worker.kill("SIGKILL"));
    let mails = 0;
    onMail = () => {
      if (++mails === most) worker.kill("SIGKILL");
    };
    expect(await once(worker, "exit")).toEqual(most > count ? [0, null] : [null, "SIGKILL"]);
    expect(settled.every((times) => times > 0)).toBe(true);
    expect(taken.slice(0, position)).toEqual(settled);
  }

  for (let kill = 0; kill < kills; kill++) await runUntil(120);
  const beforeLast = Number(readFileSync(file, "utf8"));
  await runUntil(Number.POSITIVE_INFINITY);
  expect(beforeLast).toBeGreaterThan(0);
  expect(taken.every((times) => times > 0)).toBe(true);
  expect(Number(readFileSync(file, "utf8"))).toBe(count);
}, 120_000);
