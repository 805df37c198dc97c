import { type ChildProcess, fork } from "node:child_process";
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import type { StorePlace } from "./event-place.ts";
import type { PostedEvent } from "./make-events.ts";
import type { ServerOrder } from "./report-server.ts";

interface RunOptions {
  readonly place: StorePlace;
  readonly batches: readonly (readonly PostedEvent[])[];
  readonly connections: number;
  /** How often the server is killed, at even distances. */
  readonly kills: number;
}

export interface EventRun {
  readonly kills: number;
  /** Posts that were answered otherwise than by 200, or not at all, and made again. */
  readonly retries: number;
  readonly seconds: number;
}

const retryMs = 20;
/** Nothing here takes so long. */
const postTimeoutMs = 60_000;

/** Posts batches as SendGrid does, each until it is answered by 200, while the server is killed and started again. */
export async function runEvents({ place, batches, connections, kills }: RunOptions): Promise<EventRun> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = publicKey.export({ type: "spki", format: "der" }).toString("base64");
  const server = new ReportServer({ place, publicKey: key });
  await server.start();
  const start = performance.now();
  const killAt = new Set(
    Array.from({ length: kills }, (_, index) => Math.ceil((batches.length * (index + 1)) / (kills + 1))),
  );
  const waiting = batches.values();
  let [done, retries] = [0, 0];
  const connection = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const batch of waiting) {
      const body = `${JSON.stringify(batch)}\r\n`;
      while (!(await post(agent, server.port, body, privateKey))) {
        retries++;
        await wait(retryMs);
      }
      done++;
      // While the others' posts are under way.
      if (killAt.delete(done)) await server.killAndStart();
    }
    agent.destroy();
  };
  try {
    await Promise.all(Array.from({ length: connections }, connection));
  } finally {
    await server.kill();
  }
  return { kills: server.kills, retries, seconds: (performance.now() - start) / 1_000 };
}

class ReportServer {
  readonly #order: ServerOrder;
  #child: ChildProcess | undefined;
  /** Another one after each start: somebody else may have taken the last one. */
  port = 0;
  kills = 0;

  constructor(order: ServerOrder) {
    this.#order = order;
  }

  async start(): Promise<void> {
    const child = fork(new URL("./report-server.ts", import.meta.url), {
      execArgv: ["--conditions=@mail/source"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#child = child;
    child.send(this.#order);
    const ended = once(child, "exit").then(() => {
      throw new Error("The server ended before it listened");
    });
    const [port] = await Promise.race([once(child, "message"), ended]);
    this.port = port;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  async killAndStart(): Promise<void> {
    this.kills++;
    await this.kill();
    await this.start();
  }
}

/** @returns whether it was answered by 200 */
async function post(agent: Agent, port: number, body: string, key: KeyObject): Promise<boolean> {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const signature = sign("sha256", Buffer.from(timestamp + body), key).toString("base64");
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "x-twilio-email-event-webhook-signature": signature,
    "x-twilio-email-event-webhook-timestamp": timestamp,
  };
  return await new Promise((resolve) => {
    const options = { agent, port, host: "127.0.0.1", method: "POST", path: "/", headers, timeout: postTimeoutMs };
    const sent = request(options, (response) => {
      response.resume().once("close", () => resolve(response.statusCode === 200 && response.complete));
    });
    sent.once("error", () => resolve(false)).once("timeout", () => sent.destroy());
    sent.end(body);
  });
}
