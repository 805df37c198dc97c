import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  isInstalled,
  OwnServer,
  type ServerProgram,
} from "../../packages/queue/src/broker-suite/own-server.fixture.ts";
import { natsServer, rabbitmqServer, redisServer } from "../../packages/queue/src/broker-suite/programs.fixture.ts";
import type { EngineConfig } from "./engines.ts";

/** Where an engine keeps its mails, on servers of the run's own that can be killed. */
export interface CrashPlace extends AsyncDisposable {
  readonly engine: EngineConfig;
  /** Kills the broker and starts it again; absent where there is none. */
  readonly restartBroker?: () => Promise<void>;
}

export type EngineKind = EngineConfig["kind"];

/** The servers of each engine: its broker first. */
const programs: Readonly<Record<EngineKind, readonly ServerProgram[]>> = {
  sqlite: [],
  bullmq: [redisServer],
  rabbitmq: [rabbitmqServer, redisServer],
  nats: [natsServer, redisServer],
};

/** The program that is missing on this machine. */
export async function missingProgram(kind: EngineKind): Promise<ServerProgram | undefined> {
  for (const program of programs[kind]) if (!(await isInstalled(program))) return program;
  return undefined;
}

export async function openPlace(kind: EngineKind, name: string): Promise<CrashPlace> {
  if (kind === "sqlite") {
    const folder = await mkdtemp(join(tmpdir(), "mail-crash-"));
    return {
      engine: { kind, file: join(folder, "mail.db") },
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  }
  const servers = await Promise.all(programs[kind].map((program) => OwnServer.start(program)));
  const [broker, redis] = servers as [OwnServer, OwnServer | undefined];
  const { url } = broker;
  const engine: EngineConfig =
    kind === "bullmq" ? { kind, url, name } : { kind, url, name, redisUrl: (redis as OwnServer).url };
  return {
    engine,
    async restartBroker() {
      await broker.kill();
      await broker.start();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    },
  };
}
