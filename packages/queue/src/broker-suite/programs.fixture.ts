import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "./free-port.fixture.ts";
import type { ServerProgram } from "./own-server.fixture.ts";

export const redisServer: ServerProgram = {
  path: "/usr/bin/redis-server",
  scheme: "redis",
  service: "redis",
  async command(port, folder) {
    const place = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder];
    const durable = [
      "--appendonly",
      "yes",
      "--appendfsync",
      "always",
      "--save",
      "",
      "--maxmemory-policy",
      "noeviction",
    ];
    return { parameters: [...place, ...durable] };
  },
};

export const natsServer: ServerProgram = {
  path: "/usr/sbin/nats-server",
  scheme: "nats",
  service: "nats",
  async command(port, folder) {
    return { parameters: ["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", folder] };
  },
};

/** The ports of a node's distribution and of epmd, which has to be the same over restarts. */
const distribution = new Map<string, { readonly dist: number; readonly epmd: number }>();

async function portsOf(folder: string): Promise<{ readonly dist: number; readonly epmd: number }> {
  const ports = distribution.get(folder) ?? { dist: await freePort(), epmd: await freePort() };
  distribution.set(folder, ports);
  return ports;
}

/** RabbitMQ with settings of rabbitmq.conf. */
export function rabbitmqWith(settings: Readonly<Record<string, string>>): ServerProgram {
  return { ...rabbitmqProgram, command: (port, folder) => rabbitmqCommand(port, folder, settings) };
}

const rabbitmqProgram: Omit<ServerProgram, "command"> = {
  // The one on the PATH is a script that switches to another user and loses the environment.
  path: "/usr/lib/rabbitmq/bin/rabbitmq-server",
  scheme: "amqp",
  service: "rabbitmq",
  // Erlang would start one as a daemon, and leave it there.
  helper: async (folder) => ["epmd", "-port", String((await portsOf(folder)).epmd), "-address", "127.0.0.1"],
};

/**
 * A server that was killed may hand delayed messages on before the next queue is there, and tries again when this time is
 * up: by default 180 s, which no test waits (rabbit_fifo_dlx_worker; found by killing it, after some tens of times).
 */
const handsOnSoonAgain = "-rabbit dead_letter_worker_publisher_confirm_timeout 3000";

async function rabbitmqCommand(
  port: number,
  folder: string,
  settings: Readonly<Record<string, string>>,
): ReturnType<ServerProgram["command"]> {
  const { dist, epmd } = await portsOf(folder);
  const all = { "listeners.tcp.1": `127.0.0.1:${port}`, ...settings };
  const config = Object.entries(all).map(([key, value]) => `${key} = ${value}\n`);
  await writeFile(join(folder, "rabbitmq.conf"), config.join(""));
  await writeFile(join(folder, "enabled_plugins"), "[].\n");
  const env = {
    PATH: process.env["PATH"],
    LANG: "C.UTF-8",
    HOME: folder,
    RABBITMQ_NODENAME: `mail${port}@localhost`,
    RABBITMQ_MNESIA_BASE: join(folder, "mnesia"),
    RABBITMQ_LOG_BASE: join(folder, "log"),
    RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq.conf"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
    RABBITMQ_PID_FILE: join(folder, "pid"),
    RABBITMQ_CONF_ENV_FILE: "/dev/null",
    RABBITMQ_DIST_PORT: String(dist),
    ERL_EPMD_PORT: String(epmd),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: `-kernel inet_dist_use_interface {127,0,0,1} ${handsOnSoonAgain}`,
  };
  return { parameters: [], env };
}

export const rabbitmqServer: ServerProgram = rabbitmqWith({ "disk_free_limit.absolute": "50MB" });
