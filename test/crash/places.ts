import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  isInstalled,
  OwnServer,
  type ServerProgram,
} from "../../packages/queue/src/broker-suite/own-server.fixture.ts";
import { natsServer, rabbitmqServer, redisServer } from "../../packages/queue/src/broker-suite/programs.fixture.ts";
import { TcpProxy } from "../../packages/queue/src/broker-suite/tcp-proxy.fixture.ts";
import type { EngineConfig } from "./engines.ts";

/** Where an engine keeps its mails, on servers of the run's own that can be killed. */
export interface CrashPlace extends AsyncDisposable {
  readonly engine: EngineConfig;
  /** Kills the broker and starts it again; absent where there is none. */
  readonly restartBroker?: () => Promise<void>;
  /** Cuts all connections to the broker once so many more bytes have passed, in the middle of whatever they carry. */
  readonly cutAfter?: (bytes: number, direction: "to server" | "from server") => void;
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
  const proxy = await TcpProxy.open(broker.port);
  const url = broker.url.replace(String(broker.port), String(proxy.port));
  const engine: EngineConfig =
    kind === "bullmq" ? { kind, url, name } : { kind, url, name, redisUrl: (redis as OwnServer).url };
  return {
    engine,
    async restartBroker() {
      await broker.kill();
      await broker.start();
    },
    cutAfter: (bytes, direction) => proxy.cutAfter(bytes, direction),
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    },
  };
}
