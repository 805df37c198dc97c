import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { expect, test } from "vitest";
import { freePort } from "../free-port.fixture.ts";

/** A Redis server of the test's own, with its data on disk. */
export interface RedisServer {
  readonly port: number;
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Why there can be none; with CI=true that is a failing test. */
export function whyNoRedisProgram(): string | undefined {
  if (spawnSync("redis-server", ["--version"]).status === 0) return undefined;
  const reason = 'redis-server is not installed: run "apt-get install redis-server"';
  if (process.env["CI"] === "true") test("redis-server is there", () => expect(reason).toBe(""));
  return reason;
}

export async function startRedisServer(settings: readonly string[] = []): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "mail-redis-"));
  const port = await freePort();
  const place = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  let server: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    server = spawn("redis-server", [...place, "--appendonly", "yes", "--appendfsync", "always", ...settings]);
    const client = new Redis({ port, lazyConnect: true, retryStrategy: () => 20, maxRetriesPerRequest: null });
    client.on("error", () => undefined);
    await client.ping().catch(() => undefined);
    client.disconnect();
  };
  const kill = async (): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, "exit");
    server.kill("SIGKILL");
    await exit;
  };
  await start();
  return {
    port,
    start,
    kill,
    async stop() {
      await kill();
      rmSync(folder, { recursive: true });
    },
  };
}
