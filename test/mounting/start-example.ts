import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const frameworks = ["hono", "express", "fastify", "nest", "next"] as const;
export type Framework = (typeof frameworks)[number];

export interface Example extends AsyncDisposable {
  readonly url: string;
  /** What was printed so far. */
  readonly output: () => string;
  readonly child: ChildProcess;
}

const run = promisify(execFile);
const folder = fileURLToPath(new URL("../../examples/mount-tracker/", import.meta.url));
const next = createRequire(import.meta.url).resolve("next/dist/bin/next");
const fromSource = "--conditions=@mail/source";

/** What makes an example ready to run, and the arguments of `node` that run it. */
const programs: Readonly<Record<Framework, readonly string[]>> = {
  hono: [fromSource, "src/hono.ts"],
  express: [fromSource, "src/express.ts"],
  fastify: [fromSource, "src/fastify.ts"],
  nest: [fromSource, "dist/nest.js"],
  next: [next, "start", "next", "--hostname", "127.0.0.1", "--port", "0"],
};

/** Builds where a framework needs it, starts the example on a free port, and waits until it listens. */
export async function startExample(framework: Framework, settings: Readonly<Record<string, string>>): Promise<Example> {
  const { FORCE_COLOR: _, NODE_ENV: __, NODE_OPTIONS: ___, VITEST: ____, ...inherited } = process.env;
  const env = { ...inherited, ...settings, PORT: "0", NO_COLOR: "1", NEXT_TELEMETRY_DISABLED: "1" };
  if (framework === "nest") await run("tsc", ["-p", folder]);
  if (framework === "next") {
    const built = fileURLToPath(new URL("../../packages/tracking/dist/index.js", import.meta.url));
    if (!existsSync(built)) throw new Error("packages/tracking is not built: run npm run build");
    await run(process.execPath, [next, "build", "next"], { cwd: folder, env });
  }
  const child = spawn(process.execPath, programs[framework], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const listening = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on("line", (line) => {
        output += `${line}\n`;
        const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
        if (url !== undefined) resolve(url);
      });
    }
  });
  const ended = once(child, "exit").then(() => {
    throw new Error(`The example for ${framework} ended before it listened:\n${output}`);
  });
  const url = await Promise.race([listening, ended]);
  ended.catch(() => undefined);
  return {
    url,
    output: () => output,
    child,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
}
